package org.adjoint.autograd.ops;

import java.util.Arrays;
import java.util.Objects;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of volumes, as a sum over the depth of the filter of convolutions of planes: a filter
 * of depth k takes k convolutions, each of all planes at once.
 */
public final class Convolutions3d {
  private Convolutions3d() {}

  /**
   * The geometry of a three-dimensional convolution.
   *
   * @param strideD step along the depth, at least 1
   * @param padD zero planes in front and behind, at least 0
   * @param dilationD distance between filter planes, at least 1
   * @param plane the geometry within a plane, and the groups
   */
  public record Spec(int strideD, int padD, int dilationD, Conv2dSpec plane) {
    /**
     * Checks the ranges.
     *
     * @throws ArgumentException if a value is outside its range
     */
    public Spec {
      require("stride", strideD, 1);
      require("padding", padD, 0);
      require("dilation", dilationD, 1);
    }

    private static void require(String name, int value, int least) {
      if (value < least) {
        throw new ArgumentException("conv3d", name, value, "it must be at least " + least);
      }
    }

    /** Returns the geometry with equal values along all axes. */
    public static Spec of(int stride, int padding, int dilation, int groups) {
      return new Spec(stride, padding, dilation, Conv2dSpec.of(stride, padding, dilation, groups));
    }
  }

  /**
   * Returns the convolution (cross-correlation) of volumes x with the filters w.
   *
   * <p><b>Forward</b> y[n,o,i] = Σ_p conv2d(x[n,:,i·s+p·d−pad], w[o,:,p]) + bias[o], i and p along
   * the depth. <b>Backward</b> of its parts. <b>Shapes</b> x [n, c, depth, h, w], w [o, c/groups,
   * kd, kh, kw], bias [o] → y [n, o, depth′, h′, w′]. <b>Saved</b> the planes of x and of w.
   *
   * @throws ShapeException if ranks or channels do not fit, or the filter is larger than the padded
   *     input
   */
  public static Variable conv3d(Variable x, Variable w, @Nullable Variable bias, Spec spec) {
    requireVolumes("conv3d", x, w);
    Shape s = x.shape();
    int taps = w.shape().dim(2);
    int depth = Conv2dSpec.extent(s.dim(2), taps, spec.strideD, spec.padD, spec.dilationD);
    if (taps == 0 || depth <= 0) {
      throw new ShapeException(
          "conv3d", "w", w.shape(), "the filter must have planes, and fit into the padded " + s);
    }
    int padded = padded("conv3d", s.dim(2), spec);
    Variable wide =
        spec.padD == 0
            ? x
            : Views.unslice(x, s.with(2, padded), 2, spec.padD, spec.padD + s.dim(2), 1);
    Variable planes = wide.permute(0, 2, 1, 3, 4);
    Variable sum = null;
    for (int p = 0; p < taps; p++) {
      int from = p * spec.dilationD;
      int to = from + (depth - 1) * spec.strideD + 1;
      Variable some =
          Views.slice(planes, 1, from, to, spec.strideD)
              .reshape(s.dim(0) * depth, s.dim(1), s.dim(3), s.dim(4));
      Variable b = p == 0 ? bias : null;
      Variable y = Convolutions.conv2d(some, Views.select(w, 2, p), b, spec.plane);
      sum = sum == null ? y : sum.add(y);
    }
    return volumes(Objects.requireNonNull(sum), s.dim(0), depth);
  }

  /**
   * Returns the transposed convolution of volumes, see {@link Convolutions#convTranspose2d}.
   *
   * <p><b>Shapes</b> x [n, c, depth, h, w], w [c, o/groups, kd, kh, kw], bias [o] → y [n, o,
   * depth′, h′, w′], each extent (in − 1)·s − 2·pad + d·(k − 1) + outputPad + 1.
   *
   * @param outputPad what the strides left over along depth, height and width
   * @throws ShapeException if ranks or channels do not fit, or y would be empty
   * @throws ArgumentException if an output padding is not less than its stride
   */
  public static Variable convTranspose3d(
      Variable x, Variable w, @Nullable Variable bias, Spec spec, int... outputPad) {
    String op = "conv_transpose3d";
    requireVolumes(op, x, w);
    if (outputPad.length != 3 || outputPad[0] < 0 || outputPad[0] >= spec.strideD) {
      throw new ArgumentException(
          op,
          "outputPad",
          Arrays.toString(outputPad),
          "it must be three numbers, at least 0 and less than the strides");
    }
    Shape s = x.shape();
    int taps = w.shape().dim(2);
    long most =
        Convolutions.transposed(s.dim(2), taps, spec.strideD, spec.padD, spec.dilationD)
            + outputPad[0];
    if (taps == 0 || most < 1 || s.dim(2) < 1) {
      throw new ShapeException(
          op, "w", w.shape(), "of x " + s + " nothing is left within the padding; pad less");
    }
    int depth = Tables.extent(op, "spec", spec, most);
    int full = padded(op, depth, spec);
    Variable planes =
        x.permute(0, 2, 1, 3, 4).reshape(s.dim(0) * s.dim(2), s.dim(1), s.dim(3), s.dim(4));
    Variable sum = null;
    for (int p = 0; p < taps; p++) {
      Variable z =
          Convolutions.convTranspose2d(
              planes, Views.select(w, 2, p), null, spec.plane, outputPad[1], outputPad[2]);
      Variable volume = volumes(z, s.dim(0), s.dim(2));
      int from = p * spec.dilationD;
      int to = from + (s.dim(2) - 1) * spec.strideD + 1;
      Variable laid =
          Views.unslice(volume, volume.shape().with(2, full), 2, from, to, spec.strideD);
      sum = sum == null ? laid : sum.add(laid);
    }
    Variable y = Views.slice(Objects.requireNonNull(sum), 2, spec.padD, spec.padD + depth, 1);
    return bias == null ? y : y.add(bias.reshape(-1, 1, 1, 1));
  }

  private static int padded(String op, int depth, Spec spec) {
    return Tables.extent(op, "padding", spec.padD, depth + 2L * spec.padD);
  }

  /** [n · depth, c, h, w] as [n, c, depth, h, w]. */
  private static Variable volumes(Variable planes, int n, int depth) {
    Shape s = planes.shape();
    return planes.reshape(n, depth, s.dim(1), s.dim(2), s.dim(3)).permute(0, 2, 1, 3, 4);
  }

  private static void requireVolumes(String op, Variable x, Variable w) {
    if (x.shape().rank() != 5) {
      throw new ShapeException(
          op, "x", x.shape(), "it must be [batch, channels, depth, height, width]");
    }
    if (w.shape().rank() != 5) {
      throw new ShapeException(
          op, "w", w.shape(), "it must have five axes, the last three the taps");
    }
  }
}
