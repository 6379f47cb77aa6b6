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

/**
 * Writes the methods of a generated loop. In Java they would read, for one result and one operand,
 *
 * <pre>{@code
 * float[] y = (float[]) task.arrays[0], x = (float[]) task.arrays[1];
 * for (int r = rowFrom; r < rowTo; r++) {
 *   int yRow = task.offsets[0] + r * task.rowStrides[0], xRow = ...;
 *   int c = colFrom;
 *   for (; c < colTo - (4 * L - 1); c += 4 * L) { four vectors }
 *   for (; c < colTo; c += L) { one vector }
 * }
 * }</pre>
 *
 * with {@code c++} and single elements in the method for what is left.
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
  private final int lanes;
  private final TypeKind kind;
  private final ClassDesc arrayType;
  private final ElementEmitter emitter;
  private final ExprUses uses;
  private final Map<Expr, Integer> invariants = new HashMap<>();
  private final int outputs;
  private final int[] array;
  private final int[] offset;
  private final int[] rowStride;
  private final int[] base;
  private final int col;

  /** Writes the loop over whole vectors; the number of columns is a multiple of their lanes. */
  static void whole(CodeBuilder code, ClassDesc self, LoopCompiler.Key key, int lanes) {
    ExprUses uses = new ExprUses(key.outputs());
    new LoopWriter(code, key, uses, new VectorEmitter(code, uses, self), lanes).write();
  }

  /** Writes the loop over single elements. */
  static void rest(CodeBuilder code, LoopCompiler.Key key) {
    ExprUses uses = new ExprUses(key.outputs());
    new LoopWriter(code, key, uses, new ScalarEmitter(code, uses, kind(key)), 1).write();
  }

  private LoopWriter(
      CodeBuilder code, LoopCompiler.Key key, ExprUses uses, ElementEmitter emitter, int lanes) {
    this.code = code;
    this.key = key;
    this.lanes = lanes;
    this.kind = kind(key);
    this.arrayType = kind.upperBound().arrayType();
    this.uses = uses;
    this.emitter = emitter;
    this.outputs = key.outputs().size();
    int slots = outputs + uses.operandCount();
    this.array = locals(slots, TypeKind.REFERENCE);
    this.offset = locals(slots, TypeKind.INT);
    this.rowStride = locals(slots, TypeKind.INT);
    this.base = locals(slots, TypeKind.INT);
    this.col = code.allocateLocal(TypeKind.INT);
  }

  private static TypeKind kind(LoopCompiler.Key key) {
    return key.type() == DType.F64 ? TypeKind.DOUBLE : TypeKind.FLOAT;
  }

  private int[] locals(int count, TypeKind type) {
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = code.allocateLocal(type);
    }
    return slots;
  }

  private void write() {
    for (int i = 0; i < array.length; i++) {
      if (isUsed(i)) {
        loadSlot(i);
      }
    }
    for (Expr leaf : uses.invariants()) {
      loadInvariant(leaf);
      keepInvariant(leaf);
    }
    Label top = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(top).iload(ROW).iload(ROW_TO).if_icmpge(end);
    startRow();
    if (key.chains() == null) {
      columns();
    } else if (lanes > 1) {
      chains(key.chains());
    } else {
      restOfChains(key.chains());
    }
    code.iinc(ROW, 1).goto_(top).labelBinding(end).return_();
  }

  private void columns() {
    int unroll = lanes == 1 ? 1 : unroll(uses);
    if (unroll > 1) {
      columns(unroll);
    }
    columns(1);
  }

  /**
   * Combines a row with its chains, which stay in registers: with four vectors to a block of chains
   *
   * <pre>{@code
   * a0 = y[0 …], a1 = y[L …], a2 = …, a3 = …;
   * for (; c < colTo; c += 64) { a0 = a0 + f(c …); a1 = a1 + f(c + L …); … }
   * y[0 …] = a0; …
   * }</pre>
   */
  private void chains(Expr.Operator combine) {
    int bodies = CHAINS / lanes;
    for (int u = 0; u < bodies; u++) {
      chain(u * lanes);
      emitter.load();
      emitter.storeLocal(emitter.result(bodies + u));
    }
    loop(
        CHAINS,
        () -> {
          for (int u = 0; u < bodies; u++) {
            compute(u, u * lanes);
            emitter.loadLocal(emitter.result(bodies + u));
            emitter.loadLocal(emitter.result(u));
            emitter.operator(combine);
            emitter.storeLocal(emitter.result(bodies + u));
          }
        });
    for (int u = 0; u < bodies; u++) {
      chain(u * lanes);
      emitter.loadLocal(emitter.result(bodies + u));
      emitter.store();
    }
  }

  /** What is left of a row: {@code y[(c - colFrom) & 63] = y[(c - colFrom) & 63] + f(c)}. */
  private void restOfChains(Expr.Operator combine) {
    loop(
        1,
        () -> {
          compute(0, 0);
          chainOfColumn();
          chainOfColumn();
          emitter.load();
          emitter.loadLocal(emitter.result(0));
          emitter.operator(combine);
          emitter.store();
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

  /** Puts a parameter or a constant on the stack. */
  private void loadInvariant(Expr leaf) {
    if (leaf instanceof Expr.Parameter p) {
      field("parameters", CD_double.arrayType()).loadConstant(p.index()).daload();
      if (kind == TypeKind.FLOAT) {
        code.d2f();
      }
    } else if (leaf instanceof Expr.Constant c && kind == TypeKind.FLOAT) {
      code.loadConstant((float) c.value());
    } else if (leaf instanceof Expr.Constant c) {
      code.loadConstant(c.value());
    }
  }

  /** Takes the scalar on the stack for the value of a leaf. */
  private void keepInvariant(Expr leaf) {
    emitter.spread();
    emitter.storeLocal(invariants.computeIfAbsent(leaf, e -> emitter.local()));
  }

  private void startRow() {
    for (int i = 0; i < array.length; i++) {
      if (!isUsed(i)) {
        continue;
      }
      code.iload(ROW).iload(rowStride[i]).imul().iload(offset[i]).iadd().istore(base[i]);
      if (isBroadcast(i)) {
        code.aload(array[i]).iload(base[i]).arrayLoad(kind);
        keepInvariant(new Expr.Operand(i - outputs));
      }
    }
    code.iload(COL_FROM).istore(col);
  }

  /** Steps of {@code unroll} vectors or elements. */
  private void columns(int unroll) {
    loop(
        lanes * unroll,
        () -> {
          for (int u = 0; u < unroll; u++) {
            compute(u, u * lanes);
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
  private void compute(int body, int ahead) {
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
