package org.adjoint.cpu;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ReduceView;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An expression that is reduced, in the order of {@link ReduceTask} and so with the bits of the two
 * kernels called in turn; nothing of the size of the operands is stored. A cheap expression becomes
 * one loop with its reduction: over rows, over narrow columns, and over wide columns if it has one
 * operand. Otherwise, and in short rows, blocks of it are computed that stay in the nearest cache,
 * from where {@link ReduceTask} takes them.
 *
 * <p>Measured on one core, over 1 M floats: sum(a·b) along a row takes half the time of a map and a
 * reduction, along 10 columns 0.6 of it; in blocks, and with an exponential, all of it.
 */
final class ReduceMap {
  /** The elements of a block: 32 KB of floats, and no less than any block of a reduction. */
  static final int SIZE = 1 << 13;

  /** Eight copies of an expression of more steps are too much for the JIT compiler to inline. */
  private static final int CHEAP = 8;

  /** A set of bits in a long says which operands are broadcast. */
  private static final int MOST_SLOTS = Long.SIZE;

  /**
   * The loops of a reduced expression f of m operands.
   *
   * @param map y = f(x₀ …)
   * @param one y = y ∘ f(x₀ …), operand 0 being y
   * @param eight y = y ∘ (a tree of eight f), each with operands of its own; null if f is not cheap
   * @param chains y = y ∘ f(x₀ …) into the chains of a row; null if f is not cheap
   */
  record Loops(
      ElementLoop map, ElementLoop one, @Nullable ElementLoop eight, @Nullable ElementLoop chains) {
    static Loops of(
        LoopCompiler loops, Expr.Operator combine, Expr f, DType type, long broadcast, int m) {
      Expr y = Expr.operand(0);
      boolean cheap = new ExprUses(List.of(f)).steps() <= CHEAP;
      ElementLoop eight = null;
      if (cheap && 1 + ReduceTask.GROUP * m <= MOST_SLOTS) {
        List<Expr> rows = new ArrayList<>();
        long bits = 0;
        for (int j = 0; j < ReduceTask.GROUP; j++) {
          rows.add(shifted(f, 1 + j * m, m));
          bits |= broadcast << (1 + j * m);
        }
        eight = loops.loop(y.with(combine, tree(combine, rows)), type, bits);
      }
      return new Loops(
          loops.loop(f, type, broadcast),
          loops.loop(y.with(combine, shifted(f, 1, m)), type, broadcast << 1),
          eight,
          cheap ? loops.loop(new LoopCompiler.Key(List.of(f), type, broadcast, combine)) : null);
    }

    /** The expression with operands numbered from {@code first} on. */
    private static Expr shifted(Expr f, int first, int m) {
      List<Expr> operands = new ArrayList<>();
      for (int i = 0; i < m; i++) {
        operands.add(Expr.operand(first + i));
      }
      return f.substitute(operands);
    }

    /** Combines a power of two of expressions in pairs, pairs of pairs and so on. */
    static Expr tree(Expr.Operator combine, List<Expr> leaves) {
      int half = leaves.size() / 2;
      return half == 0
          ? leaves.getFirst()
          : tree(combine, leaves.subList(0, half))
              .with(combine, tree(combine, leaves.subList(half, leaves.size())));
    }
  }

  private final Loops loops;
  private final ReduceView view;
  private final double[] parameters;
  private final Object[] arrays;
  private final boolean single;

  /** Whether all operands walk the axis and what is behind it, or all in front of it, evenly. */
  private final boolean evenInner;

  private final boolean evenOuter;

  /**
   * Creates the map of an expression.
   *
   * @param loops its loops, compiled for {@link #broadcast}
   * @param view where its operands lie
   * @param parameters its parameters, read when it runs
   * @param single whether it is of float32
   * @param operands its operands
   */
  ReduceMap(Loops loops, ReduceView view, double[] parameters, boolean single, Tensor[] operands) {
    this.loops = loops;
    this.view = view;
    this.parameters = parameters;
    this.single = single;
    this.arrays = new Object[operands.length];
    boolean inner = true;
    boolean outer = true;
    for (int i = 0; i < operands.length; i++) {
      arrays[i] = Heap.array(operands[i]);
      inner &= view.axisStride(i) == (long) view.inner() * view.innerStride(i);
      outer &= view.outerStride(i) == (long) view.n() * view.axisStride(i);
    }
    evenInner = inner;
    evenOuter = outer;
  }

  /** Returns the bits of the operands that have one value along the last axis longer than 1. */
  static long broadcast(ReduceView view, int operands) {
    long bits = 0;
    for (int i = 0; i < operands; i++) {
      int last = view.inner() > 1 ? view.innerStride(i) : view.axisStride(i);
      bits |= last == 0 ? 1L << i : 0;
    }
    return bits;
  }

  /** The work of an element, see {@link ElementLoop#weight}. */
  int weight() {
    return loops.map.weight;
  }

  // ---- in the loops that combine ---

  /**
   * Whether rows of {@code unit} indices along the axis can be combined without a block. Eight rows
   * of several operands each are too many streams at a distance for the cache, unless narrow.
   */
  boolean combinesColumns(int unit) {
    return loops.eight != null && (unit == 1 ? arrays.length == 1 : evenInner);
  }

  /**
   * Combines rows with an accumulator, eight at a time as a tree.
   *
   * @param k the first index along the axis
   * @param rows the number of rows
   * @param unit how many indices along the axis make a row
   * @param i the first column
   */
  void combineColumns(int o, int k, int rows, int unit, int i, Object acc, int accAt, int cols) {
    int done = 0;
    if (loops.eight != null && rows >= ReduceTask.GROUP) {
      int groups = rows / ReduceTask.GROUP;
      done = groups * ReduceTask.GROUP;
      ElementTask task = task(loops.eight, ReduceTask.GROUP, acc, accAt);
      for (int j = 0; j < ReduceTask.GROUP; j++) {
        int slot = 2 + j * arrays.length;
        place(task, slot, o, k + j * unit, i, false, ReduceTask.GROUP * unit);
      }
      loops.eight.run(task, 0, groups, 0, cols);
    }
    if (done < rows) {
      ElementTask task = task(loops.one, 1, acc, accAt);
      place(task, 2, o, k + done * unit, i, false, unit);
      loops.one.run(task, 0, rows - done, 0, cols);
    }
  }

  /** Whether rows can be combined without a block. */
  boolean combinesRows() {
    return loops.chains != null;
  }

  /** Combines a row with its chains, one element after the other. */
  void combineRow(int o, int k, int length, float[] chains) {
    if (loops.chains != null) {
      ElementTask task = ElementTask.ofThread(loops.chains, 1 + arrays.length, parameters);
      task.slot(0, chains, 0, 0);
      place(task, 1, o, k, 0, false, 0);
      loops.chains.run(task, 0, 1, 0, length);
    }
  }

  private ElementTask task(ElementLoop loop, int rows, Object acc, int accAt) {
    ElementTask task = ElementTask.ofThread(loop, 2 + rows * arrays.length, parameters);
    return task.slot(0, acc, accAt, 0).slot(1, acc, accAt, 0);
  }

  /** Places the operands of a row whose neighbours are so far apart along an axis. */
  private void place(
      ElementTask task, int slot, int o, int k, int i, boolean alongOuter, int step) {
    for (int p = 0; p < arrays.length; p++) {
      int at =
          view.offset(p)
              + o * view.outerStride(p)
              + k * view.axisStride(p)
              + i * view.innerStride(p);
      int stride = alongOuter ? view.outerStride(p) : view.axisStride(p);
      task.slot(slot + p, arrays[p], at, step * stride);
    }
  }

  // ---- by blocks ---

  /** Returns elements (o, k …, i …), the columns of a row next to each other. */
  Object columns(int o, int k, int rows, int i, int cols) {
    return evenInner && cols == view.inner()
        ? block(o, k, i, 1, rows * cols, false)
        : block(o, k, i, rows, cols, false);
  }

  /** Returns elements (o, k …, 0), the array of one row. */
  Object row(int o, int k, int cols) {
    return block(o, k, 0, 1, cols, true);
  }

  /** Returns elements (o …, 0 … n − 1, 0), one row after the other. */
  Object rows(int o, int rows) {
    int n = view.n();
    return evenOuter ? block(o, 0, 0, 1, rows * n, true) : block(o, 0, 0, rows, n, true);
  }

  private Object block(int o, int k, int i, int rows, int cols, boolean alongOuter) {
    Object block = ReduceScratch.block(single);
    ElementTask task = ElementTask.ofThread(loops.map, 1 + arrays.length, parameters);
    task.slot(0, block, 0, cols);
    place(task, 1, o, k, i, alongOuter, 1);
    loops.map.run(task, 0, rows, 0, cols);
    return block;
  }
}
