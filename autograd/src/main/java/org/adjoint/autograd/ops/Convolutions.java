package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution. Forward, the gradient by the input and the gradient by the weight
 * are three bilinear maps, and the gradients of each are the other two: that is all of the second
 * order.
 */
public final class Convolutions {
  private Convolutions() {}

  /**
   * Returns the convolution (cross-correlation) of x with the filters w.
   *
   * <p><b>Forward</b> y[n,o,i,j] = bias[o] + Σ x[n,c,i·s+p·d−pad,j·s+q·d−pad] · w[o,c,p,q].
   * <b>Backward</b> dx = dy ∗ᵀ w, dw = x ∗ dy, dbias = Σ dy over batch and space. <b>Shapes</b> x
   * [n, c, h, w], w [o, c/groups, kh, kw], bias [o] → y [n, o, h′, w′]. <b>Saved</b> x and w.
   *
   * @throws ShapeException if ranks or channels do not fit, or the filter is larger than the padded
   *     input
   */
  public static Variable conv2d(Variable x, Variable w, @Nullable Variable bias, Conv2dSpec spec) {
    return bias == null
        ? Graph.apply(new Conv(spec), x, w)
        : Graph.apply(new Conv(spec), x, w, bias);
  }

  private static ShapeException refused(String argument, Object value, String remedy) {
    return new ShapeException("conv2d", argument, value, remedy);
  }

  private static Shape outputShape(Shape x, Shape w, Conv2dSpec spec) {
    if (x.rank() != 4) {
      throw refused("x", x, "it must be [batch, channels, height, width]");
    }
    if (w.rank() != 4) {
      throw refused("w", w, "it must be [outChannels, inChannels/groups, height, width]");
    }
    int groups = spec.groups();
    if (x.dim(1) != w.dim(1) * groups) {
      int channels = x.dim(1) / groups;
      throw refused(
          "w",
          w,
          "x " + x + " in " + groups + " groups asks for " + channels + " input channels a filter");
    }
    if (w.dim(0) % groups != 0) {
      throw refused("w", w, "its filters must divide evenly into " + groups + " groups");
    }
    if (w.dim(2) == 0 || w.dim(3) == 0) {
      throw refused("w", w, "a filter must have at least one tap");
    }
    int h = Conv2dSpec.extent(x.dim(2), w.dim(2), spec.strideH(), spec.padH(), spec.dilationH());
    int v = Conv2dSpec.extent(x.dim(3), w.dim(3), spec.strideW(), spec.padW(), spec.dilationW());
    if (h <= 0 || v <= 0) {
      throw refused(
          "w", w, "the (dilated) filter is larger than the padded input " + x + "; pad more");
    }
    return Shape.of(x.dim(0), w.dim(0), h, v);
  }

  private record Conv(Conv2dSpec spec) implements Op.Differentiable {
    @Override
    public String name() {
      return "conv2d";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor w = Views.compact(inputs[1]);
      Tensor y = Tensor.result(x.device(), x.dtype(), outputShape(x.shape(), w.shape(), spec));
      Tensor bias = inputs.length > 2 ? Views.compact(inputs[2]) : null;
      kernels.convolutions().conv2d(x, w, bias, spec, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      Variable w = v.input(1);
      Variable dx = v.needs(0) ? Graph.apply(new InputGradient(spec, x.shape()), v.dy(), w) : null;
      Variable dw = v.needs(1) ? Graph.apply(new WeightGradient(spec, w.shape()), x, v.dy()) : null;
      if (v.count() == 2) {
        return Vjp.gradients(dx, dw);
      }
      return Vjp.gradients(dx, dw, v.needs(2) ? Reductions.sum(v.dy(), 0, 2, 3) : null);
    }
  }

  /** dx from dy and w. */
  private record InputGradient(Conv2dSpec spec, Shape x) implements Op.Differentiable {
    @Override
    public String name() {
      return "conv2d_input_gradient";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor dy = Views.compact(inputs[0]);
      Tensor dx = Tensor.result(dy.device(), dy.dtype(), x);
      kernels.convolutions().conv2dInputGradient(dy, Views.compact(inputs[1]), spec, dx);
      return dx;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable dy = v.input(0);
      Variable w = v.input(1);
      return Vjp.gradients(
          v.needs(0) ? conv2d(v.dy(), w, null, spec) : null,
          v.needs(1) ? Graph.apply(new WeightGradient(spec, w.shape()), v.dy(), dy) : null);
    }
  }

  /** dw from x and dy. */
  private record WeightGradient(Conv2dSpec spec, Shape w) implements Op.Differentiable {
    @Override
    public String name() {
      return "conv2d_weight_gradient";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor dw = Tensor.result(x.device(), x.dtype(), w);
      kernels.convolutions().conv2dWeightGradient(x, Views.compact(inputs[1]), spec, dw);
      return dw;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      Variable dy = v.input(1);
      return Vjp.gradients(
          v.needs(0) ? Graph.apply(new InputGradient(spec, x.shape()), dy, v.dy()) : null,
          v.needs(1) ? conv2d(x, v.dy(), null, spec) : null);
    }
  }
}
