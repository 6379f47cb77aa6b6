package org.adjoint.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReduceView;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Reductions of x, seen as [outer, n, inner] around the axis, by two generated loops that combine
 * eight rows, or one, with an accumulator row; {@link ReduceTask} says in which order. An
 * expression is reduced by way of {@link ReduceMap}.
 */
final class CpuReductions implements ReductionKernels {
  private static final Expr X = Expr.operand(0);

  private final LoopCompiler loops;

  /** By operation and type; made on first use, racing threads make the same. */
  private final @Nullable Loops[] made = new Loops[2 * ReduceOp.values().length];

  /**
   * The loops of a reduction.
   *
   * @param eight y = y ∘ (((a ∘ b) ∘ (c ∘ d)) ∘ ((e ∘ f) ∘ (g ∘ h))), operand 0 being y
   * @param one y = y ∘ a
   * @param divide y = y / p
   * @param combine ∘
   * @param neutral the neutral element of ∘
   * @param single whether they are of float32
   */
  record Loops(
      ElementLoop eight,
      ElementLoop one,
      ElementLoop divide,
      Expr.Operator combine,
      double neutral,
      boolean single) {}

  private final ConcurrentHashMap<MapKey, ReduceMap.Loops> mapped = new ConcurrentHashMap<>();

  /** What the loops of a reduced expression depend on. */
  private record MapKey(Expr.Operator combine, Expr f, DType type, long broadcast, int operands) {
    ReduceMap.Loops make(LoopCompiler compiler) {
      return ReduceMap.Loops.of(compiler, combine, f, type, broadcast, operands);
    }
  }

  CpuReductions(LoopCompiler loops) {
    this.loops = loops;
  }

  private Loops loops(ReduceOp op, DType type) {
    int place = 2 * op.ordinal() + (type == DType.F64 ? 1 : 0);
    Loops l = made[place];
    if (l == null) {
      l = make(op, type);
      made[place] = l;
    }
    return l;
  }

  private Loops make(ReduceOp op, DType type) {
    Expr.Operator combine =
        switch (op) {
          case SUM, MEAN -> Expr.Operator.ADD;
          case PROD -> Expr.Operator.MUL;
          case MAX -> Expr.Operator.MAX;
          case MIN -> Expr.Operator.MIN;
        };
    double neutral =
        switch (op) {
          case SUM, MEAN -> 0;
          case PROD -> 1;
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
        };
    Expr y = Expr.operand(0);
    List<Expr> rows = new ArrayList<>();
    for (int j = 0; j < ReduceTask.GROUP; j++) {
      rows.add(Expr.operand(1 + j));
    }
    return new Loops(
        loops.loop(y.with(combine, ReduceMap.Loops.tree(combine, rows)), type, 0),
        loops.loop(y.with(combine, Expr.operand(1)), type, 0),
        loops.loop(y.over(Expr.parameter(0)), type, 0),
        combine,
        neutral,
        type == DType.F32);
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
    Loops l = loops(op, x.dtype());
    plain(l, x, axis).reduceTo(Heap.array(out), Heap.at(out));
    if (op == ReduceOp.MEAN) {
      divide(ElementTask.ofThread(l.divide(), 2, ElementTask.scalars()), x.dim(axis), out)
          .executeOnce(1, out.size());
    }
  }

  @Override
  public void mapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    bindMapReduce(op, f, parameters, axis, out, operands).run();
  }

  @Override
  public Runnable bindMapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    Loops l = loops(op, out.dtype());
    boolean isPlain = f.equals(X) && operands.length == 1 && operands[0].isContiguous();
    ReduceTask task =
        isPlain ? plain(l, operands[0], axis) : mapped(op, l, f, parameters, axis, operands);
    Object y = Heap.array(out);
    int at = Heap.at(out);
    if (op != ReduceOp.MEAN) {
      return () -> task.reduceTo(y, at);
    }
    ElementTask divide = divide(new ElementTask(l.divide(), 2, new double[1]), task.length(), out);
    int size = out.size();
    return () -> {
      task.reduceTo(y, at);
      divide.execute(1, size);
    };
  }

  private static ReduceTask plain(Loops l, Tensor x, int axis) {
    int inner = extent(x, axis + 1, x.rank());
    int outer = extent(x, 0, axis);
    return new ReduceTask(l, Heap.array(x), Heap.at(x), outer, x.dim(axis), inner);
  }

  private ReduceTask mapped(
      ReduceOp op, Loops l, Expr f, double[] parameters, int axis, Tensor... operands) {
    ReduceView view = ReduceView.of(op.label(), axis, operands);
    DType type = l.single() ? DType.F32 : DType.F64;
    long broadcast = ReduceMap.broadcast(view, operands.length);
    MapKey key = new MapKey(l.combine(), f, type, broadcast, operands.length);
    ReduceMap.Loops m = mapped.computeIfAbsent(key, k -> k.make(loops));
    ReduceMap map = new ReduceMap(m, view, parameters, l.single(), operands);
    return new ReduceTask(l, map, 0, view.outer(), view.n(), view.inner());
  }

  /** Places a division of the result by n. */
  private static ElementTask divide(ElementTask task, int n, Tensor out) {
    task.parameters[0] = n;
    Object y = Heap.array(out);
    return task.slot(0, y, Heap.at(out), 0).slot(1, y, Heap.at(out), 0);
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
    int n = x.dim(axis);
    int inner = extent(x, axis + 1, x.rank());
    int from = x.layout().offset();
    int[] y = Heap.ints(out);
    int to = Heap.at(out);
    for (int k = 0; k < out.size(); k++) {
      int at = from + k / inner * n * inner + k % inner;
      y[to + k] =
          x.dtype() == DType.F32
              ? best(largest, Heap.floats(x), at, n, inner)
              : best(largest, Heap.doubles(x), at, n, inner);
    }
  }

  @Override
  public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
    ScanTask.run(op, reverse, x, x.dim(axis), extent(x, axis + 1, x.rank()), out);
  }

  private static int best(boolean largest, float[] x, int at, int n, int step) {
    int best = 0;
    float r = x[at];
    for (int k = 1; k < n && r == r; k++) {
      float v = x[at + k * step];
      // a NaN is neither above nor below: it wins, and ends the search
      if (largest ? !(v <= r) : !(v >= r)) {
        best = k;
        r = v;
      }
    }
    return best;
  }

  private static int best(boolean largest, double[] x, int at, int n, int step) {
    int best = 0;
    double r = x[at];
    for (int k = 1; k < n && r == r; k++) {
      double v = x[at + k * step];
      if (largest ? !(v <= r) : !(v >= r)) {
        best = k;
        r = v;
      }
    }
    return best;
  }

  /** The number of elements that the axes from … to − 1 span. */
  private static int extent(Tensor x, int from, int to) {
    int e = 1;
    for (int a = from; a < to; a++) {
      e *= x.dim(a);
    }
    return e;
  }
}
