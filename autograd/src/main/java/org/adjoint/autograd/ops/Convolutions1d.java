package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/** Convolution of sequences: that of images of height 1. */
public final class Convolutions1d {
  private Convolutions1d() {}

  /**
   * Returns the convolution (cross-correlation) of sequences x with the filters w.
   *
   * <p><b>Forward</b> y[n,o,i] = bias[o] + Σ x[n,c,i·s+p·d−pad] · w[o,c,p]. <b>Backward</b> as
   * {@link Convolutions#conv2d}. <b>Shapes</b> x [n, c, length], w [o, c/groups, k], bias [o] → y
   * [n, o, length′]. <b>Saved</b> x and w.
   *
   * @throws ShapeException if ranks or channels do not fit, or the filter is larger than the padded
   *     input
   * @throws ArgumentException if a setting is out of range
   */
  public static Variable conv1d(
      Variable x,
      Variable w,
      @Nullable Variable bias,
      int stride,
      int padding,
      int dilation,
      int groups) {
    requireSequences("conv1d", x, w);
    Conv2dSpec spec = new Conv2dSpec(1, stride, 0, padding, 1, dilation, groups);
    return Views.squeeze(Convolutions.conv2d(row(x), row(w), bias, spec), 2);
  }

  /**
   * Returns the transposed convolution of sequences, see {@link Convolutions#convTranspose2d}.
   *
   * <p><b>Shapes</b> x [n, c, length], w [c, o/groups, k], bias [o] → y [n, o, (length − 1)·s −
   * 2·pad + d·(k − 1) + outputPad + 1].
   *
   * @throws ShapeException if ranks or channels do not fit, or y would be empty
   * @throws ArgumentException if a setting is out of range
   */
  public static Variable convTranspose1d(
      Variable x,
      Variable w,
      @Nullable Variable bias,
      int stride,
      int padding,
      int outputPad,
      int dilation,
      int groups) {
    requireSequences("conv_transpose1d", x, w);
    Conv2dSpec spec = new Conv2dSpec(1, stride, 0, padding, 1, dilation, groups);
    Variable y = Convolutions.convTranspose2d(row(x), row(w), bias, spec, 0, outputPad);
    return Views.squeeze(y, 2);
  }

  private static Variable row(Variable x) {
    return Views.unsqueeze(x, 2);
  }

  private static void requireSequences(String op, Variable x, Variable w) {
    if (x.shape().rank() != 3) {
      throw new ShapeException(op, "x", x.shape(), "it must be [batch, channels, length]");
    }
    if (w.shape().rank() != 3) {
      throw new ShapeException(op, "w", w.shape(), "it must have three axes, the last the taps");
    }
  }
}
