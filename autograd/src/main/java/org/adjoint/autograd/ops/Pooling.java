package org.adjoint.autograd.ops;

import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
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
   */
  public static Variable avgPool2d(Variable x, Pool2dSpec spec) {
    return Graph.apply(new AvgPool(spec), x);
  }

  private static Shape outputShape(String op, Shape x, Pool2dSpec spec) {
    if (x.rank() != 4) {
      throw new ShapeException(op, "x", x, "it must be [batch, channels, height, width]");
    }
    int h = Conv2dSpec.extent(x.dim(2), spec.kernelH(), spec.strideH(), spec.padH(), 1);
    int w = Conv2dSpec.extent(x.dim(3), spec.kernelW(), spec.strideW(), spec.padW(), 1);
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
      return Vjp.gradients(avgPool2d(v.dy(), spec));
    }
  }
}
