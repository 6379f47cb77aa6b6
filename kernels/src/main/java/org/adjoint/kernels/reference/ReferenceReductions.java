package org.adjoint.kernels.reference;

import java.util.function.IntToDoubleFunction;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReduceView;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Reductions of x, seen as [outer, n, inner] around the axis: y[o, i] reduces x[o, 0 … n−1, i] in
 * this order.
 */
final class ReferenceReductions implements ReductionKernels {
  @Override
  public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
    Elements from = Elements.of(x);
    reduce(op, from::get, x.shape(), axis, out);
  }

  @Override
  public void mapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    Shape shape = ReduceView.of(op.label(), axis, operands).shape();
    Interpreter values = new Interpreter(f, parameters, out.dtype(), shape, operands);
    // What map stores is rounded to the type.
    boolean single = out.dtype() == DType.F32;
    IntToDoubleFunction from = single ? i -> (float) values.get(i) : values::get;
    reduce(op, from, shape, axis, out);
  }

  private static void reduce(
      ReduceOp op, IntToDoubleFunction from, Shape shape, int axis, Tensor out) {
    int n = shape.dim(axis);
    int inner = extent(shape, axis + 1, shape.rank());
    int outer = extent(shape, 0, axis);
    Elements to = Elements.of(out);
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        double r =
            switch (op) {
              case SUM, MEAN -> 0;
              case PROD -> 1;
              case MAX -> Double.NEGATIVE_INFINITY;
              case MIN -> Double.POSITIVE_INFINITY;
            };
        for (int k = 0; k < n; k++) {
          double v = from.applyAsDouble((o * n + k) * inner + i);
          r =
              switch (op) {
                case SUM, MEAN -> r + v;
                case PROD -> r * v;
                case MAX -> Math.max(r, v);
                case MIN -> Math.min(r, v);
              };
        }
        to.set(o * inner + i, op == ReduceOp.MEAN ? r / n : r);
      }
    }
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
    int n = x.dim(axis);
    int inner = extent(x.shape(), axis + 1, x.rank());
    int outer = extent(x.shape(), 0, axis);
    Elements from = Elements.of(x);
    Elements to = Elements.of(out);
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int best = 0;
        double r = from.get(o * n * inner + i);
        for (int k = 1; k < n && !Double.isNaN(r); k++) {
          double v = from.get((o * n + k) * inner + i);
          if (Double.isNaN(v) || (largest ? v > r : v < r)) {
            best = k;
            r = v;
          }
        }
        to.set(o * inner + i, best);
      }
    }
  }

  @Override
  public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
    int n = x.dim(axis);
    int inner = extent(x.shape(), axis + 1, x.rank());
    int outer = extent(x.shape(), 0, axis);
    Elements from = Elements.of(x);
    Elements to = Elements.of(out);
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        double r = op == ReduceOp.PROD ? 1 : 0;
        for (int k = 0; k < n; k++) {
          int at = (o * n + (reverse ? n - 1 - k : k)) * inner + i;
          r = op == ReduceOp.PROD ? r * from.get(at) : r + from.get(at);
          to.set(at, r);
        }
      }
    }
  }

  /** The number of elements that the axes from … to − 1 span. */
  static int extent(Shape x, int from, int to) {
    int e = 1;
    for (int a = from; a < to; a++) {
      e *= x.dim(a);
    }
    return e;
  }
}
