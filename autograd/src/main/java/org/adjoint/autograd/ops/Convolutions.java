package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
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

  /**
   * Returns the convolution with stride 1 and as many zeros around x that y has its height and
   * width; where their number is odd, the last row or column gets one more.
   *
   * <p><b>Shapes</b> x [n, c, h, w], w [o, c/groups, kh, kw], bias [o] → y [n, o, h, w]. The rest
   * is as in {@link #conv2d}.
   *
   * @throws ShapeException as {@link #conv2d}
   */
  public static Variable conv2dSame(
      Variable x, Variable w, @Nullable Variable bias, int dilationH, int dilationW, int groups) {
    if (x.shape().rank() != 4 || w.shape().rank() != 4) {
      // For the message.
      outputShape(x.shape(), w.shape(), Conv2dSpec.DEFAULT);
    }
    int h = reach(dilationH, w.shape().dim(2));
    int v = reach(dilationW, w.shape().dim(3));
    Variable even = oneMore(oneMore(x, 2, h % 2), 3, v % 2);
    Conv2dSpec spec = new Conv2dSpec(1, 1, h / 2, v / 2, dilationH, dilationW, groups);
    return conv2d(even, w, bias, spec);
  }

  /** From the first tap to the last. */
  private static int reach(int dilation, int taps) {
    return Tables.extent("conv2d", "dilation", dilation, (long) dilation * Math.max(0, taps - 1));
  }

  /** Adds a zero behind an axis. */
  private static Variable oneMore(Variable x, int axis, int count) {
    int n = x.shape().dim(axis);
    return count == 0 ? x : Views.unslice(x, x.shape().with(axis, n + 1), axis, 0, n, 1);
  }

  /**
   * Returns the transposed convolution (Zeiler et al., 2010): the map that takes what {@link
   * #conv2d} of this geometry gives back to the shape of its input, which is the gradient of that
   * convolution by its input.
   *
   * <p><b>Forward</b> y[n,o,i·s+p·d−pad,j·s+q·d−pad] += x[n,c,i,j] · w[c,o,p,q], plus bias[o].
   * <b>Backward</b> dx = conv2d(dy, w), dw = the weight gradient with dy and x exchanged, dbias = Σ
   * dy. <b>Shapes</b> x [n, c, h, w], w [c, o/groups, kh, kw], bias [o] → y [n, o, h′, w′] with h′
   * = (h − 1)·s − 2·pad + d·(kh − 1) + outputPad + 1. <b>Saved</b> x and w.
   *
   * @param outputPadH rows that the stride left over, less than it
   * @param outputPadW columns, likewise
   * @throws ShapeException if ranks or channels do not fit, or y would be empty
   * @throws ArgumentException if an output padding is not less than the stride
   */
  public static Variable convTranspose2d(
      Variable x,
      Variable w,
      @Nullable Variable bias,
      Conv2dSpec spec,
      int outputPadH,
      int outputPadW) {
    Shape from = x.shape();
    Shape filters = w.shape();
    String op = "conv_transpose2d";
    if (from.rank() != 4) {
      throw new ShapeException(op, "x", from, "it must be [batch, channels, height, width]");
    }
    if (filters.rank() != 4 || filters.dim(0) != from.dim(1)) {
      throw new ShapeException(
          op, "w", filters, "for x " + from + " it must be [inChannels, outChannels/groups, h, w]");
    }
    if (filters.dim(0) % spec.groups() != 0) {
      throw new ShapeException(
          op, "w", filters, "its filters must divide evenly into " + spec.groups() + " groups");
    }
    leftOver(op, outputPadH, spec.strideH());
    leftOver(op, outputPadW, spec.strideW());
    long h =
        transposed(from.dim(2), filters.dim(2), spec.strideH(), spec.padH(), spec.dilationH())
            + outputPadH;
    long v =
        transposed(from.dim(3), filters.dim(3), spec.strideW(), spec.padW(), spec.dilationW())
            + outputPadW;
    if (h < 1 || v < 1 || filters.dim(2) == 0 || filters.dim(3) == 0) {
      throw new ShapeException(
          op, "w", filters, "of x " + from + " nothing is left within the padding; pad less");
    }
    int out = Tables.extent(op, "groups", spec.groups(), (long) filters.dim(1) * spec.groups());
    int height = Tables.extent(op, "spec", spec, h);
    int width = Tables.extent(op, "spec", spec, v);
    Shape shape = Shape.of(from.dim(0), out, height, width);
    Variable y = Graph.apply(new InputGradient(spec, shape), x, w);
    return bias == null ? y : y.add(bias.reshape(out, 1, 1));
  }

  private static void leftOver(String op, int pad, int stride) {
    if (pad < 0 || pad >= stride) {
      throw new ArgumentException(
          op, "outputPad", pad, "it must be at least 0 and less than the stride " + stride);
    }
  }

  static long transposed(int in, int kernel, int stride, int pad, int dilation) {
    return (in - 1L) * stride - 2L * pad + dilation * (kernel - 1L) + 1;
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
    if (x.dim(1) != (long) w.dim(1) * groups) {
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
