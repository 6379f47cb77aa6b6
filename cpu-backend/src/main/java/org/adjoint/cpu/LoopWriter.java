package org.adjoint.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.util.HashMap;
import java.util.Map;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Writes the method of a generated loop. In Java it would read, for one result and one operand,
 *
 * <pre>{@code
 * float[] y = (float[]) task.arrays[0], x = (float[]) task.arrays[1];
 * for (int r = rowFrom; r < rowTo; r++) {
 *   int yRow = task.offsets[0] + r * task.rowStrides[0], xRow = ...;
 *   int c = colFrom;
 *   for (; c < colTo - (4 * L - 1); c += 4 * L) { four vectors }
 *   for (; c < colTo - (L - 1); c += L) { one vector }
 *   for (; c < colTo; c++) { one element }
 * }
 * }</pre>
 */
final class LoopWriter {
  static final String SPECIES_FIELD = "SPECIES";

  /** How many chains a sum of a row has, whatever the width of vectors. */
  static final int CHAINS = 64;

  /** Above so many steps an expression keeps the core busy without unrolling. */
  private static final int UNROLL_LIMIT = 8;

  private static final int TASK = 1;
  private static final int ROW_TO = 3;
  private static final int COL_FROM = 4;
  private static final int COL_TO = 5;

  /** The second argument, the first row, serves as the counter of rows. */
  private static final int ROW = 2;

  private final CodeBuilder code;
  private final LoopCompiler.Key key;
  private final LoopCompiler.@Nullable Vectors vectors;
  private final TypeKind kind;
  private final ClassDesc arrayType;
  private final ScalarEmitter scalar;
  private final @Nullable VectorEmitter vector;
  private final ExprUses uses;
  private final int outputs;
  private final int operands;
  private final int[] array;
  private final int[] offset;
  private final int[] rowStride;
  private final int[] base;
  private final int col;

  LoopWriter(
      CodeBuilder code,
      ClassDesc self,
      LoopCompiler.Key key,
      LoopCompiler.@Nullable Vectors vectors) {
    this.code = code;
    this.key = key;
    this.vectors = vectors;
    this.kind = key.type() == DType.F64 ? TypeKind.DOUBLE : TypeKind.FLOAT;
    this.arrayType = kind.upperBound().arrayType();
    this.uses = new ExprUses(key.outputs());
    this.scalar = new ScalarEmitter(code, uses, kind);
    this.vector = vectors == null ? null : new VectorEmitter(code, uses, self);
    this.outputs = key.outputs().size();
    this.operands = uses.operandCount();
    int slots = outputs + operands;
    this.array = locals(slots, TypeKind.REFERENCE);
    this.offset = locals(slots, TypeKind.INT);
    this.rowStride = locals(slots, TypeKind.INT);
    this.base = locals(slots, TypeKind.INT);
    this.col = code.allocateLocal(TypeKind.INT);
  }

  private int[] locals(int count, TypeKind type) {
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = code.allocateLocal(type);
    }
    return slots;
  }

  void write() {
    for (int i = 0; i < array.length; i++) {
      if (isUsed(i)) {
        loadSlot(i);
      }
    }
    Map<Expr, Integer> scalars = new HashMap<>();
    Map<Expr, Integer> broadcasts = new HashMap<>();
    for (Expr leaf : uses.invariants()) {
      invariant(leaf, scalars, broadcasts);
    }
    Label top = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(top).iload(ROW).iload(ROW_TO).if_icmpge(end);
    startRow(scalars, broadcasts);
    if (key.chains() != null) {
      chains(key.chains(), scalars, broadcasts);
    } else {
      columns(scalars, broadcasts);
    }
    code.iinc(ROW, 1).goto_(top).labelBinding(end).return_();
  }

  private void columns(Map<Expr, Integer> scalars, Map<Expr, Integer> broadcasts) {
    VectorEmitter v = vector;
    if (v != null && vectors != null) {
      int lanes = vectors.lanes();
      int unroll = unroll(uses);
      if (unroll > 1) {
        columns(v, broadcasts, lanes, unroll);
      }
      columns(v, broadcasts, lanes, 1);
    }
    columns(scalar, scalars, 1, 1);
  }

  /**
   * Combines a row with its chains, which stay in registers: with four vectors to a block of chains
   *
   * <pre>{@code
   * a0 = y[0 …], a1 = y[L …], a2 = …, a3 = …;
   * for (; c < colTo - 63; c += 64) { a0 = a0 + f(c …); a1 = a1 + f(c + L …); … }
   * y[0 …] = a0; …
   * for (; c < colTo; c++) { y[(c - colFrom) & 63] = y[(c - colFrom) & 63] + f(c) }
   * }</pre>
   */
  private void chains(
      Expr.Operator combine, Map<Expr, Integer> scalars, Map<Expr, Integer> broadcasts) {
    VectorEmitter v = vector;
    if (v != null && vectors != null) {
      int lanes = vectors.lanes();
      int bodies = CHAINS / lanes;
      for (int u = 0; u < bodies; u++) {
        chain(u * lanes);
        v.load();
        v.storeLocal(v.result(bodies + u));
      }
      loop(
          CHAINS,
          () -> {
            for (int u = 0; u < bodies; u++) {
              compute(v, broadcasts, u, u * lanes);
              v.loadLocal(v.result(bodies + u));
              v.loadLocal(v.result(u));
              v.operator(combine);
              v.storeLocal(v.result(bodies + u));
            }
          });
      for (int u = 0; u < bodies; u++) {
        chain(u * lanes);
        v.loadLocal(v.result(bodies + u));
        v.store();
      }
    }
    loop(
        1,
        () -> {
          compute(scalar, scalars, 0, 0);
          chainOfColumn();
          chainOfColumn();
          scalar.load();
          scalar.loadLocal(scalar.result(0));
          scalar.operator(combine);
          scalar.store();
        });
  }

  /** Puts the array of the chains and the index of one on the stack. */
  private void chain(int number) {
    code.aload(array[0]).iload(base[0]).loadConstant(number).iadd();
  }

  private void chainOfColumn() {
    code.aload(array[0]).iload(base[0]);
    code.iload(col).iload(COL_FROM).isub().loadConstant(CHAINS - 1).iand().iadd();
  }

  /** How many vectors a round computes. */
  static int unroll(ExprUses uses) {
    return uses.steps() <= UNROLL_LIMIT ? 4 : 1;
  }

  private boolean isUsed(int slot) {
    return slot < outputs || uses.uses(slot - outputs);
  }

  private boolean isBroadcast(int slot) {
    return slot >= outputs && (key.broadcast() >>> (slot - outputs) & 1) != 0;
  }

  private void loadSlot(int i) {
    field("arrays", CD_Object.arrayType()).loadConstant(i).aaload().checkcast(arrayType);
    code.astore(array[i]);
    field("offsets", CD_int.arrayType()).loadConstant(i).iaload().istore(offset[i]);
    field("rowStrides", CD_int.arrayType()).loadConstant(i).iaload().istore(rowStride[i]);
  }

  private CodeBuilder field(String name, ClassDesc type) {
    return code.aload(TASK).getfield(LoopCompiler.TASK, name, type);
  }

  /** Puts a parameter or a constant into a local, and its vector into another. */
  private void invariant(Expr leaf, Map<Expr, Integer> scalars, Map<Expr, Integer> broadcasts) {
    if (leaf instanceof Expr.Parameter p) {
      field("parameters", CD_double.arrayType()).loadConstant(p.index()).daload();
      if (kind == TypeKind.FLOAT) {
        code.d2f();
      }
    } else if (leaf instanceof Expr.Constant c) {
      scalar.constant(c.value());
    }
    keepScalar(leaf, scalars, broadcasts);
  }

  /** Stores the scalar on the stack as the value of a leaf, and its vector. */
  private void keepScalar(Expr leaf, Map<Expr, Integer> scalars, Map<Expr, Integer> broadcasts) {
    int s = scalars.computeIfAbsent(leaf, e -> code.allocateLocal(kind));
    code.storeLocal(kind, s);
    if (vector != null) {
      code.loadLocal(kind, s);
      vector.broadcast();
      int v = broadcasts.computeIfAbsent(leaf, e -> code.allocateLocal(TypeKind.REFERENCE));
      code.astore(v);
    }
  }

  private void startRow(Map<Expr, Integer> scalars, Map<Expr, Integer> broadcasts) {
    for (int i = 0; i < array.length; i++) {
      if (!isUsed(i)) {
        continue;
      }
      code.iload(ROW).iload(rowStride[i]).imul().iload(offset[i]).iadd().istore(base[i]);
      if (isBroadcast(i)) {
        code.aload(array[i]).iload(base[i]).arrayLoad(kind);
        keepScalar(new Expr.Operand(i - outputs), scalars, broadcasts);
      }
    }
    code.iload(COL_FROM).istore(col);
  }

  /** Steps of {@code unroll} vectors or elements. */
  private void columns(
      ElementEmitter emitter, Map<Expr, Integer> invariants, int lanes, int unroll) {
    loop(
        lanes * unroll,
        () -> {
          for (int u = 0; u < unroll; u++) {
            compute(emitter, invariants, u, u * lanes);
          }
          // every result is computed before the first is stored: results may be operands, and loads
          // that wait for no store are a tenth faster
          for (int u = 0; u < unroll; u++) {
            for (int i = 0; i < outputs; i++) {
              place(i, u * lanes);
              emitter.loadLocal(emitter.result(u * outputs + i));
              emitter.store();
            }
          }
        });
  }

  /** {@code for (; c < colTo - (step - 1); c += step)}. */
  private void loop(int step, Runnable body) {
    int limit = COL_TO;
    if (step > 1) {
      limit = code.allocateLocal(TypeKind.INT);
      code.iload(COL_TO).loadConstant(step - 1).isub().istore(limit);
    }
    Label top = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(top).iload(col).iload(limit).if_icmpge(end);
    body.run();
    code.iinc(col, step).goto_(top).labelBinding(end);
  }

  /** Computes the results of one vector or element into locals. */
  private void compute(ElementEmitter emitter, Map<Expr, Integer> invariants, int body, int ahead) {
    emitter.begin(invariants);
    for (int i = outputs; i < array.length; i++) {
      if (isUsed(i) && !isBroadcast(i)) {
        place(i, ahead);
        emitter.load();
        emitter.keep(new Expr.Operand(i - outputs));
      }
    }
    for (int i = 0; i < outputs; i++) {
      emitter.emit(key.outputs().get(i));
      emitter.storeLocal(emitter.result(body * outputs + i));
    }
  }

  /** Puts the array of a slot and the index of its element on the stack. */
  private void place(int slot, int ahead) {
    code.aload(array[slot]).iload(base[slot]).iload(col).iadd();
    if (ahead > 0) {
      code.loadConstant(ahead).iadd();
    }
  }
}
