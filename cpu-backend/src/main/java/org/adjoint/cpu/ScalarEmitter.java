package org.adjoint.cpu;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import java.util.Locale;
import org.adjoint.kernels.Expr;

/** Bodies of one element, in float on the recipes or in double on {@link StrictMath}. */
final class ScalarEmitter extends ElementEmitter {
  private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
  private static final ClassDesc STRICT_MATH = ClassDesc.of("java.lang.StrictMath");
  private static final ClassDesc FLOATS = ClassDesc.of("org.adjoint.kernels.Recipes");
  private static final ClassDesc DOUBLES = ClassDesc.of("org.adjoint.kernels.DoubleRecipes");

  private final TypeKind kind;
  private final ClassDesc type;
  private final boolean isFloat;

  ScalarEmitter(CodeBuilder code, ExprUses uses, TypeKind kind) {
    super(code, uses, kind);
    this.kind = kind;
    this.type = kind.upperBound();
    this.isFloat = kind == TypeKind.FLOAT;
  }

  /** Puts a literal on the stack, rounded to the type. */
  void constant(double value) {
    if (isFloat) {
      code.loadConstant((float) value);
    } else {
      code.loadConstant(value);
    }
  }

  @Override
  void spread() {}

  @Override
  void load() {
    code.arrayLoad(kind);
  }

  @Override
  void store() {
    code.arrayStore(kind);
  }

  private void call(ClassDesc owner, String name, int arguments) {
    code.invokestatic(owner, name, MethodTypeDesc.of(type, Collections.nCopies(arguments, type)));
  }

  @Override
  void function(Expr.Function function) {
    String name = function.name().toLowerCase(Locale.ROOT);
    switch (function) {
      case NEG -> {
        if (isFloat) {
          code.fneg();
        } else {
          code.dneg();
        }
      }
      case ABS -> call(MATH, name, 1);
      case SQRT -> {
        if (isFloat) {
          code.f2d();
        }
        code.invokestatic(MATH, name, MethodTypeDesc.ofDescriptor("(D)D"));
        if (isFloat) {
          code.d2f();
        }
      }
      case SIGN -> call(isFloat ? FLOATS : MATH, isFloat ? name : "signum", 1);
      case ROUND -> call(isFloat ? FLOATS : MATH, isFloat ? name : "rint", 1);
      case FLOOR, CEIL -> call(isFloat ? FLOATS : MATH, name, 1);
      case SIGMOID, ERF, ERFC, ERFINV -> call(isFloat ? FLOATS : DOUBLES, name, 1);
      case EXP, EXPM1, LOG, LOG1P, SIN, COS, ATAN, TANH ->
          call(isFloat ? FLOATS : STRICT_MATH, name, 1);
    }
  }

  @Override
  void operator(Expr.Operator operator) {
    switch (operator) {
      case ADD -> code.with(instruction(Opcode.FADD, Opcode.DADD));
      case SUB -> code.with(instruction(Opcode.FSUB, Opcode.DSUB));
      case MUL -> code.with(instruction(Opcode.FMUL, Opcode.DMUL));
      case DIV -> code.with(instruction(Opcode.FDIV, Opcode.DDIV));
      case MAX -> call(MATH, "max", 2);
      case MIN -> call(MATH, "min", 2);
      case POW -> call(isFloat ? FLOATS : DOUBLES, "pow", 2);
      case EQ, NE, LT, LE, GT, GE -> throw new IllegalStateException("cpu: comparison " + operator);
    }
  }

  private java.lang.classfile.instruction.OperatorInstruction instruction(Opcode f, Opcode d) {
    return java.lang.classfile.instruction.OperatorInstruction.of(isFloat ? f : d);
  }

  @Override
  void fma() {
    call(MATH, "fma", 3);
  }

  @Override
  void truth(Expr.Binary comparison) {
    Label no = code.newLabel();
    Label end = code.newLabel();
    unless(comparison, no);
    constant(1);
    code.goto_(end).labelBinding(no);
    constant(0);
    code.labelBinding(end);
  }

  @Override
  void select(Expr.Select s) {
    // both sides first: a part computed in one branch only would not be known after it
    emit(s.whenTrue());
    int yes = temporary();
    storeLocal(yes);
    emit(s.whenFalse());
    int other = temporary();
    storeLocal(other);
    Label no = code.newLabel();
    Label end = code.newLabel();
    if (s.condition() instanceof Expr.Binary b && b.operator().isComparison()) {
      unless(b, no);
    } else {
      emit(s.condition());
      constant(0);
      jumpUnless(Expr.Operator.NE, no);
    }
    loadLocal(yes);
    code.goto_(end).labelBinding(no);
    loadLocal(other);
    code.labelBinding(end);
  }

  private void unless(Expr.Binary comparison, Label no) {
    emit(comparison.a());
    emit(comparison.b());
    jumpUnless(comparison.operator(), no);
  }

  /** Jumps if the comparison of the two values on the stack fails; NaN fails all but NE. */
  private void jumpUnless(Expr.Operator operator, Label no) {
    boolean less = operator == Expr.Operator.LT || operator == Expr.Operator.LE;
    code.with(
        less ? instruction(Opcode.FCMPG, Opcode.DCMPG) : instruction(Opcode.FCMPL, Opcode.DCMPL));
    switch (operator) {
      case EQ -> code.ifne(no);
      case NE -> code.ifeq(no);
      case LT -> code.ifge(no);
      case LE -> code.ifgt(no);
      case GT -> code.ifle(no);
      case GE -> code.iflt(no);
      default -> throw new IllegalStateException("cpu: " + operator + " is no comparison");
    }
  }
}
