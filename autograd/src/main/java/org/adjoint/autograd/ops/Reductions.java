package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Reductions over axes. */
public final class Reductions {
  private Reductions() {}

  /**
   * Returns the reduction over the given axes, which disappear; over all if none is given.
   *
   * <p><b>Forward</b> {@link ReduceOp#formula}. <b>Backward</b> {@link ReduceOp#gradient}; ties of
   * max and min share the gradient evenly. <b>Shapes</b> x without the axes. <b>Saved</b> x and y
   * for max, min and prod; nothing for sum and mean.
   *
   * @throws ShapeException if an axis does not exist or is named twice, or max or min has nothing
   *     to choose from
   */
  public static Variable reduce(ReduceOp op, Variable x, int... axes) {
    int[] sorted = normalise(op.label(), x.shape(), axes);
    return sorted.length == 0 ? x : Graph.apply(new Reduce(op, sorted), x);
  }

  /** Returns Σ x over the axes. */
  public static Variable sum(Variable x, int... axes) {
    return reduce(ReduceOp.SUM, x, axes);
  }

  /** Returns Σ x / n over the axes. */
  public static Variable mean(Variable x, int... axes) {
    return reduce(ReduceOp.MEAN, x, axes);
  }

  /** Returns the largest element over the axes. */
  public static Variable max(Variable x, int... axes) {
    return reduce(ReduceOp.MAX, x, axes);
  }

  /** Returns the smallest element over the axes. */
  public static Variable min(Variable x, int... axes) {
    return reduce(ReduceOp.MIN, x, axes);
  }

  /** Returns Π x over the axes. */
  public static Variable prod(Variable x, int... axes) {
    return reduce(ReduceOp.PROD, x, axes);
  }

  /**
   * Returns the int32 index of the largest element along an axis, which disappears; the first of
   * equals. Not differentiable.
   */
  public static Variable argmax(Variable x, int axis) {
    return Graph.apply(new Arg(true, x.shape().axis("argmax", axis)), x);
  }

  /** Returns the int32 index of the smallest element, as {@link #argmax}. */
  public static Variable argmin(Variable x, int axis) {
    return Graph.apply(new Arg(false, x.shape().axis("argmin", axis)), x);
  }

  /** Returns a reduction's result (or its gradient) with the reduced axes back, of extent 1. */
  public static Variable keepAxes(Variable y, Shape x, int... axes) {
    int[] dims = x.toArray();
    for (int a : normalise("keepAxes", x, axes)) {
      dims[a] = 1;
    }
    return y.reshape(dims);
  }

  private static int[] normalise(String op, Shape shape, int[] axes) {
    if (axes.length == 0) {
      int[] all = new int[shape.rank()];
      for (int i = 0; i < all.length; i++) {
        all[i] = i;
      }
      return all;
    }
    int[] sorted = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      sorted[i] = shape.axis(op, axes[i]);
    }
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        throw new ShapeException(op, "axes", Arrays.toString(axes), "name each axis once");
      }
    }
    return sorted;
  }

  private record Reduce(ReduceOp op, int[] axes) implements Op.Differentiable {
    @Override
    public String name() {
      return op.label();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      // Neighbouring axes are merged, so that each run costs one pass; the last run goes first.
      int last = axes.length - 1;
      while (last >= 0) {
        int first = last;
        while (first > 0 && axes[first - 1] == axes[first] - 1) {
          first--;
        }
        x = reduceRun(kernels, x, axes[first], axes[last]);
        last = first - 1;
      }
      return x;
    }

    private Tensor reduceRun(Kernels kernels, Tensor x, int from, int to) {
      Shape merged = x.shape().merge(from, to);
      Tensor y = Tensor.result(x.device(), x.dtype(), merged.remove(from));
      kernels.reductions().reduce(op, x.reshape(merged), from, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      // A scalar broadcasts to any shape as it is.
      Variable dy = v.dy().shape().rank() == 0 ? v.dy() : keepAxes(v.dy(), x.shape(), axes);
      return Vjp.gradients(
          switch (op) {
            case SUM -> Views.expand(dy, x.shape());
            case MEAN -> Views.expand(dy.mul(1.0 / count(x.shape())), x.shape());
            case MAX, MIN -> {
              Variable y = keepAxes(v.output().detach(), x.shape(), axes);
              Variable chosen = Elementwise.binary(BinaryOp.EQ, x.detach(), y);
              Variable ties = keepAxes(sum(chosen, axes), x.shape(), axes);
              yield chosen.mul(dy.div(ties));
            }
            case PROD -> dy.mul(productOfOthers(v));
          });
    }

    private int count(Shape shape) {
      int n = 1;
      for (int a : axes) {
        n *= shape.dim(a);
      }
      return n;
    }

    /** Π of all elements but one: y / x where nothing is 0, else the products themselves. */
    private Variable productOfOthers(Vjp v) {
      Variable x = v.input(0);
      Variable y = keepAxes(v.output(), x.shape(), axes);
      if (x.value().size() == 0) {
        return y.div(x);
      }
      Variable smallest = min(Elementwise.unary(UnaryOp.ABS, x.detach()));
      if (Recording.current() != null) {
        Variable none = isPositive(smallest);
        return Elementwise.where(none, y.div(oneUnless(none, x)), products(v));
      }
      return smallest.item() > 0 ? y.div(x) : products(v);
    }

    /** The product of all elements but one, multiplied out. */
    private Variable products(Vjp v) {
      Variable x = v.input(0);
      int rank = x.shape().rank();
      int n = count(x.shape());
      // Bring the reduced axes to the end and merge them: [others, n].
      int[] order = new int[rank];
      int kept = 0;
      for (int a = 0; a < rank; a++) {
        if (Arrays.binarySearch(axes, a) < 0) {
          order[kept++] = a;
        }
      }
      System.arraycopy(axes, 0, order, kept, axes.length);
      Variable rows = x.permute(order).reshape(-1, n);
      int count = rows.shape().dim(0);
      Tensor identity = Tensor.result(x.value().device(), x.dtype(), Shape.of(n, n));
      v.kernels().elementwise().fill(0, identity);
      Variable one = Variable.of(Tensor.scalar(x.value().device(), x.dtype(), 1));
      // The diagonal is every (n + 1)-th element.
      Tensor diagonal = identity.reshape(n * n).slice(0, 0, n * n, n + 1);
      v.kernels().elementwise().fill(1, diagonal);
      Variable square = Views.expand(rows.reshape(count, 1, n), Shape.of(count, n, n));
      Variable others = prod(Elementwise.where(Variable.of(identity), one, square), 2);
      int[] permuted = new int[rank];
      int[] inverse = new int[rank];
      for (int i = 0; i < rank; i++) {
        permuted[i] = x.shape().dim(order[i]);
        inverse[order[i]] = i;
      }
      return others.reshape(permuted).permute(inverse);
    }
  }

  /** What a recording, which has no values, decides by: replay computes both sides and selects. */
  static Variable isPositive(Variable smallest) {
    Tensor zero = Tensor.scalar(smallest.value().device(), smallest.dtype(), 0);
    return Elementwise.binary(BinaryOp.GT, smallest, Variable.of(zero));
  }

  /**
   * A divisor that harms no derivative of the quotient where that is not selected: 0 · ∞ is NaN.
   */
  static Variable oneUnless(Variable selected, Variable x) {
    Tensor one = Tensor.scalar(x.value().device(), x.dtype(), 1);
    return Elementwise.where(selected, x, Variable.of(one));
  }

  private record Arg(boolean largest, int axis) implements Op.NonDifferentiable {
    @Override
    public String name() {
      return largest ? "argmax" : "argmin";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), DType.I32, x.shape().remove(axis));
      kernels.reductions().argReduce(largest, x, axis, y);
      return y;
    }
  }
}
