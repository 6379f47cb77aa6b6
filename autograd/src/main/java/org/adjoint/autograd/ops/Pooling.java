package org.adjoint.autograd.ops;

import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Two-dimensional pooling over [batch, channels, height, width]. */
public final class Pooling {
  private Pooling() {}

  /**
   * Returns the maximum of each window; padding counts as −∞.
   *
   * <p><b>Backward</b> each dy goes to the element that won its window, the first of equals.
   * <b>Shapes</b> [n, c, h, w] → [n, c, h′, w′]. <b>Saved</b> the index of each winner.
   *
   * @throws ShapeException if x has another rank, or the window is larger than the padded input
   */
  public static Variable maxPool2d(Variable x, Pool2dSpec spec) {
    return Graph.apply(new MaxPool(spec), x);
  }

  /**
   * Returns the mean of each window; padded zeros are counted.
   *
   * <p><b>Backward</b> each dy is shared evenly by its window. <b>Shapes</b> as {@link #maxPool2d}.
   * <b>Saved</b> nothing.
   *
   * @throws ShapeException as {@link #maxPool2d}
   * @throws ArgumentException if windows are dilated
   */
  public static Variable avgPool2d(Variable x, Pool2dSpec spec) {
    return avgPool2d(x, spec, true);
  }

  /**
   * Returns the mean of each window. What a window has behind the padding never counts.
   *
   * @param countPadding whether padded zeros count; if not, a window is divided by the number of
   *     its elements that x has
   * @throws ShapeException as {@link #maxPool2d}
   * @throws ArgumentException if windows are dilated
   */
  public static Variable avgPool2d(Variable x, Pool2dSpec spec, boolean countPadding) {
    Variable y = Graph.apply(new AvgPool(spec), x);
    if (!spec.ceil() && (countPadding || (spec.padH() == 0 && spec.padW() == 0))) {
      return y;
    }
    Shape in = x.shape();
    int h = y.shape().dim(2);
    int w = y.shape().dim(3);
    int padH = spec.padH();
    int padW = spec.padW();
    Share rows = new Share(in.dim(2), spec.kernelH(), spec.strideH(), padH, countPadding);
    Share columns = new Share(in.dim(3), spec.kernelW(), spec.strideW(), padW, countPadding);
    return y.div(Tables.matrix(x.value(), h, w, new Shares(rows, columns, w)));
  }

  /** What of a window counts, along one axis. */
  private record Share(int in, int kernel, int stride, int pad, boolean countPadding) {
    double of(int window) {
      long first = (long) window * stride - pad;
      long from = countPadding ? first : Math.max(first, 0);
      long to = Math.min(first + kernel, countPadding ? (long) in + pad : in);
      return (to - from) / (double) kernel;
    }
  }

  /** What of each window counts. */
  private record Shares(Share rows, Share columns, int width) implements Tables.Weights {
    @Override
    public int from(int row) {
      return 0;
    }

    @Override
    public int to(int row) {
      return width;
    }

    @Override
    public double at(int row, int column) {
      return rows.of(row) * columns.of(column);
    }
  }

  /**
   * Returns the sum of each window by a divisor: 1 gives sums.
   *
   * @param divisor not 0
   * @throws ShapeException as {@link #maxPool2d}
   * @throws ArgumentException if the divisor is 0, or windows are dilated
   */
  public static Variable avgPool2d(Variable x, Pool2dSpec spec, int divisor) {
    if (divisor == 0) {
      throw new ArgumentException("avg_pool2d", "divisor", divisor, "it must not be 0");
    }
    double size = (double) spec.kernelH() * spec.kernelW();
    return Graph.apply(new AvgPool(spec), x).mul(size / divisor);
  }

  /**
   * Maxima and where they were.
   *
   * @param y the maximum of each window
   * @param index int32 like y, the place h·W + w of each in its plane
   */
  public record MaxPoolResult(Variable y, Tensor index) {}

  /**
   * Returns {@link #maxPool2d} and the place of each maximum, for {@link #maxUnpool2d}.
   *
   * @throws ShapeException as {@link #maxPool2d}
   */
  public static MaxPoolResult maxPool2dWithIndex(Variable x, Pool2dSpec spec) {
    MaxPool op = new MaxPool(spec);
    Variable y = Graph.apply(op, x);
    return new MaxPoolResult(y, Objects.requireNonNull(op.index));
  }

  /**
   * Returns zeros with x at the places of the maxima (Zeiler and Fergus, 2014), the gradient of max
   * pooling: where windows overlapped, what meets is added.
   *
   * <p><b>Backward</b> dx = dy at the places. <b>Shapes</b> x and index [n, c, h, w] → [n, c,
   * height, width]. <b>Saved</b> the index.
   *
   * @throws ShapeException if x has another rank, index another shape, or a place is not in a plane
   */
  public static Variable maxUnpool2d(Variable x, Tensor index, int height, int width) {
    if (x.shape().rank() != 4) {
      throw new ShapeException(
          "max_unpool2d", "x", x.shape(), "it must be [batch, channels, height, width]");
    }
    if (!index.shape().equals(x.shape())) {
      throw new ShapeException("max_unpool2d", "index", index.shape(), "it must be " + x.shape());
    }
    Shape full = Shape.of(x.shape().dim(0), x.shape().dim(1), height, width);
    return Graph.apply(new MaxPoolGradient(Views.compact(index), full), x);
  }

  private static Shape outputShape(String op, Shape x, Pool2dSpec spec) {
    if (x.rank() != 4) {
      throw new ShapeException(op, "x", x, "it must be [batch, channels, height, width]");
    }
    int h = spec.outH(x.dim(2));
    int w = spec.outW(x.dim(3));
    if (h == 0 || w == 0) {
      throw new ShapeException(
          op,
          "kernel",
          spec.kernelH() + "x" + spec.kernelW(),
          "it is larger than the padded input " + x);
    }
    return Shape.of(x.dim(0), x.dim(1), h, w);
  }

  /** Keeps the index of every winner between forward and vjp. */
  private static final class MaxPool implements Op.Differentiable {
    private final Pool2dSpec spec;
    private @Nullable Tensor index;

    MaxPool(Pool2dSpec spec) {
      this.spec = spec;
    }

    @Override
    public String name() {
      return "max_pool2d";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Shape shape = outputShape(name(), x.shape(), spec);
      Tensor y = Tensor.result(x.device(), x.dtype(), shape);
      Tensor winners = Tensor.result(x.device(), DType.I32, shape);
      kernels.convolutions().maxPool2d(x, spec, y, winners);
      index = winners;
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Tensor winners = Objects.requireNonNull(index);
      return Vjp.gradients(Graph.apply(new MaxPoolGradient(winners, v.input(0).shape()), v.dy()));
    }
  }

  /** Scatters dy to the winners; its own gradient reads there again. */
  private record MaxPoolGradient(Tensor index, Shape x) implements Op.Differentiable {
    @Override
    public String name() {
      return "max_pool2d_gradient";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor dy = Views.compact(inputs[0]);
      Tensor dx = Tensor.result(dy.device(), dy.dtype(), x);
      kernels.convolutions().maxPool2dGradient(dy, index, dx);
      return dx;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      int planes = x.dim(0) * x.dim(1);
      int outputs = index.dim(2) * index.dim(3);
      Variable flat = v.dy().reshape(planes, x.dim(2) * x.dim(3));
      Variable read = Indexing.gather(flat, 1, index.reshape(planes, outputs));
      return Vjp.gradients(read.reshape(index.shape().toArray()));
    }
  }

  private record AvgPool(Pool2dSpec spec) implements Op.Differentiable {
    @Override
    public String name() {
      return "avg_pool2d";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), outputShape(name(), x.shape(), spec));
      kernels.convolutions().avgPool2d(x, spec, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(Graph.apply(new AvgPoolGradient(spec, v.input(0).shape()), v.dy()));
    }
  }

  /** Spreads dy over its window; its own gradient is the pooling again. */
  private record AvgPoolGradient(Pool2dSpec spec, Shape x) implements Op.Differentiable {
    @Override
    public String name() {
      return "avg_pool2d_gradient";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor dy = Views.compact(inputs[0]);
      Tensor dx = Tensor.result(dy.device(), dy.dtype(), x);
      kernels.convolutions().avgPool2dGradient(dy, spec, dx);
      return dx;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(Graph.apply(new AvgPool(spec), v.dy()));
    }
  }
}
