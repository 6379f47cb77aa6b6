package org.adjoint.cpu;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;
import org.adjoint.kernels.Expr;

/** Bodies of one vector of floats. Knows the Vector API by name only, so it loads without it. */
final class VectorEmitter extends ElementEmitter {
  private static final ClassDesc FLOATS = ClassDesc.of("jdk.incubator.vector.FloatVector");
  private static final ClassDesc VECTOR = ClassDesc.of("jdk.incubator.vector.Vector");
  private static final ClassDesc MASK = ClassDesc.of("jdk.incubator.vector.VectorMask");
  private static final ClassDesc OPERATORS = ClassDesc.of("jdk.incubator.vector.VectorOperators");
  private static final ClassDesc COMPARISON = OPERATORS.nested("Comparison");
  private static final ClassDesc MATH = ClassDesc.of("org.adjoint.cpu.SimdMath");
  private static final ClassDesc TRIG = ClassDesc.of("org.adjoint.cpu.SimdTrig");
  private static final ClassDesc ERRORS = ClassDesc.of("org.adjoint.cpu.SimdErf");
  private static final ClassDesc POW = ClassDesc.of("org.adjoint.cpu.SimdPow");

  private static final MethodTypeDesc NONE = MethodTypeDesc.of(FLOATS);
  private static final MethodTypeDesc WITH = MethodTypeDesc.of(FLOATS, VECTOR);
  private static final MethodTypeDesc WITH_TWO = MethodTypeDesc.of(FLOATS, VECTOR, VECTOR);
  private static final String STATIC_ONE = MethodTypeDesc.of(FLOATS, FLOATS).descriptorString();
  private static final String STATIC_TWO =
      MethodTypeDesc.of(FLOATS, FLOATS, FLOATS).descriptorString();
  private static final MethodTypeDesc COMPARE = MethodTypeDesc.of(MASK, COMPARISON, VECTOR);
  private static final MethodTypeDesc BLEND = MethodTypeDesc.of(FLOATS, VECTOR, MASK);
  private static final MethodTypeDesc FROM_ARRAY =
      MethodTypeDesc.of(FLOATS, LoopCompiler.SPECIES, CD_float.arrayType(), CD_int);
  private static final MethodTypeDesc INTO_ARRAY =
      MethodTypeDesc.of(CD_void, CD_float.arrayType(), CD_int);
  private static final MethodTypeDesc BROADCAST =
      MethodTypeDesc.of(FLOATS, LoopCompiler.SPECIES, CD_float);

  private final ClassDesc self;
  private final MethodInliner recipes;
  private final int array;
  private final int index;
  private final int scalar;

  VectorEmitter(CodeBuilder code, ExprUses uses, ClassDesc self) {
    super(code, uses, TypeKind.REFERENCE);
    this.self = self;
    this.recipes = new MethodInliner(code);
    this.array = code.allocateLocal(TypeKind.REFERENCE);
    this.index = code.allocateLocal(TypeKind.INT);
    this.scalar = code.allocateLocal(TypeKind.FLOAT);
  }

  private void species() {
    code.getstatic(self, LoopWriter.SPECIES_FIELD, LoopCompiler.SPECIES);
  }

  @Override
  void spread() {
    code.fstore(scalar);
    species();
    code.fload(scalar).invokestatic(FLOATS, "broadcast", BROADCAST);
  }

  private void broadcast(float value) {
    species();
    code.loadConstant(value).invokestatic(FLOATS, "broadcast", BROADCAST);
  }

  @Override
  void load() {
    code.istore(index).astore(array);
    species();
    code.aload(array).iload(index).invokestatic(FLOATS, "fromArray", FROM_ARRAY);
  }

  @Override
  void store() {
    int value = temporary();
    code.astore(value).istore(index).astore(array);
    code.aload(value).aload(array).iload(index).invokevirtual(FLOATS, "intoArray", INTO_ARRAY);
  }

  @Override
  void function(Expr.Function function) {
    String name = function.name().toLowerCase(Locale.ROOT);
    switch (function) {
      case NEG, ABS, SQRT -> code.invokevirtual(FLOATS, name, NONE);
      case SIN, COS, ATAN -> recipes.call(TRIG, name, STATIC_ONE);
      case ERFC, ERFINV -> recipes.call(ERRORS, name, STATIC_ONE);
      case EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, ERF, SIGN, FLOOR, CEIL, ROUND ->
          recipes.call(MATH, name, STATIC_ONE);
    }
  }

  @Override
  void operator(Expr.Operator operator) {
    String name = operator.name().toLowerCase(Locale.ROOT);
    switch (operator) {
      case ADD, SUB, MUL, DIV, MAX, MIN -> code.invokevirtual(FLOATS, name, WITH);
      case POW -> recipes.call(POW, name, STATIC_TWO);
      case EQ, NE, LT, LE, GT, GE -> throw new IllegalStateException("cpu: comparison " + operator);
    }
  }

  /**
   * A comparison and a blend instead of the six instructions of a maximum that knows NaN and signed
   * zeros: max(x, c) = x ≤ c ? c : x keeps NaN and makes −0 to +0 if that is c; where c is −0 a +0
   * must stay, so that it is x &lt; c there. The minimum mirrors it.
   */
  @Override
  void bound(Expr.Binary b) {
    boolean max = b.operator() == Expr.Operator.MAX;
    float c = b.b() instanceof Expr.Constant k ? (float) k.value() : Float.NaN;
    boolean strict = c == 0 && (1 / c < 0) == max;
    Expr.Operator wins =
        max
            ? (strict ? Expr.Operator.LT : Expr.Operator.LE)
            : (strict ? Expr.Operator.GT : Expr.Operator.GE);
    emit(b.a());
    int x = temporary();
    storeLocal(x);
    loadLocal(x);
    emit(b.b());
    loadLocal(x);
    comparison(wins);
    emit(b.b());
    code.invokevirtual(FLOATS, "compare", COMPARE);
    code.invokevirtual(FLOATS, "blend", BLEND);
  }

  @Override
  void fma() {
    code.invokevirtual(FLOATS, "fma", WITH_TWO);
  }

  @Override
  void truth(Expr.Binary comparison) {
    broadcast(0);
    broadcast(1);
    mask(comparison);
    code.invokevirtual(FLOATS, "blend", BLEND);
  }

  @Override
  void select(Expr.Select s) {
    emit(s.whenFalse());
    emit(s.whenTrue());
    if (s.condition() instanceof Expr.Binary b && b.operator().isComparison()) {
      mask(b);
    } else {
      emit(s.condition());
      comparison(Expr.Operator.NE);
      broadcast(0);
      code.invokevirtual(FLOATS, "compare", COMPARE);
    }
    code.invokevirtual(FLOATS, "blend", BLEND);
  }

  private void mask(Expr.Binary b) {
    emit(b.a());
    comparison(b.operator());
    emit(b.b());
    code.invokevirtual(FLOATS, "compare", COMPARE);
  }

  private void comparison(Expr.Operator operator) {
    code.getstatic(OPERATORS, operator.name(), COMPARISON);
  }
}
