package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution (LeCun et al., 1989): one filter an output channel slides over the
 * image, y[n,o,i,j] = b[o] + Σ x[n,c,i·s+p·d−pad,j·s+q·d−pad] · w[o,c,p,q].
 *
 * <p><b>Shapes</b> x [batch, in, h, w] → y [batch, out, h′, w′] with h′ = ⌊(h + 2·pad − d·(kernel −
 * 1) − 1)/s⌋ + 1; parameters {@code weight} [out, in/groups, kernel, kernel] and {@code bias}
 * [out].
 */
public final class Conv2d extends Layer {
  private final int in;
  private final int out;
  private final int kernelH;
  private final int kernelW;
  private final Conv2dSpec spec;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates a layer with stride 1, no padding and a bias. */
  public Conv2d(Setup setup, int in, int out, int kernel) {
    this(setup, in, out, kernel, 0);
  }

  /** Creates a layer with stride 1, the given padding and a bias. */
  public Conv2d(Setup setup, int in, int out, int kernel, int padding) {
    this(setup, in, out, kernel, kernel, Conv2dSpec.of(1, padding, 1, 1), true);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param in channels of x
   * @param out channels of y
   * @param kernelH height of a filter
   * @param kernelW width of a filter
   * @param spec stride, padding, dilation, groups
   * @param withBias whether there is a bias; none is needed before batch norm
   * @throws ArgumentException if a number is less than 1, or groups do not divide the channels
   */
  public Conv2d(
      Setup setup, int in, int out, int kernelH, int kernelW, Conv2dSpec spec, boolean withBias) {
    Checks.atLeast("conv2d", "in", in, 1);
    Checks.atLeast("conv2d", "out", out, 1);
    Checks.atLeast("conv2d", "kernelH", kernelH, 1);
    Checks.atLeast("conv2d", "kernelW", kernelW, 1);
    int groups = spec.groups();
    if (in % groups != 0 || out % groups != 0) {
      throw new ArgumentException(
          "conv2d", "groups", groups, "it must divide in = " + in + " and out = " + out);
    }
    this.in = in;
    this.out = out;
    this.kernelH = kernelH;
    this.kernelW = kernelW;
    this.spec = spec;
    int taps = kernelH * kernelW;
    int fanIn = in / groups * taps;
    int fanOut = out * taps;
    this.weight =
        parameter("weight", setup.weight(fanIn, fanOut, out, in / groups, kernelH, kernelW));
    this.bias = withBias ? parameter("bias", setup.bias(fanIn, fanOut, out)) : null;
  }

  /**
   * Returns a depthwise layer, in which each channel has a filter of its own (Sifre and Mallat,
   * 2014): stride 1, with a bias; an odd kernel with padding kernel / 2 keeps the size.
   *
   * @throws ArgumentException if a number is out of range
   */
  public static Conv2d depthwise(Setup setup, int channels, int kernel, int padding) {
    Checks.atLeast("conv2d", "channels", channels, 1);
    Conv2dSpec spec = Conv2dSpec.of(1, padding, 1, channels);
    return new Conv2d(setup, channels, channels, kernel, kernel, spec, true);
  }

  /**
   * Returns a layer whose results have the height and width of its input: stride 1, with a bias.
   *
   * @throws ArgumentException if the kernel is even, or a number is less than 1
   */
  public static Conv2d same(Setup setup, int in, int out, int kernel) {
    if (kernel % 2 == 0) {
      throw new ArgumentException(
          "conv2d",
          "kernel",
          kernel,
          "it must be odd, so that it has a middle; for others there is Convolutions.conv2dSame");
    }
    return new Conv2d(setup, in, out, kernel, kernel / 2);
  }

  /** Returns the filters. */
  public Parameter weight() {
    return weight;
  }

  /** Returns the bias, or null if there is none. */
  public @Nullable Parameter bias() {
    return bias;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 4 || x.shape().dim(1) != in) {
      throw new ShapeException(
          "conv2d", "x", x.shape(), "this layer takes [batch, " + in + ", height, width]");
    }
    return Convolutions.conv2d(x, weight.variable(), bias == null ? null : bias.variable(), spec);
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("Conv2d(" + in + ", " + out);
    s.append(", ").append(kernelH).append('x').append(kernelW);
    if (spec.strideH() != 1 || spec.strideW() != 1) {
      s.append(", stride ").append(spec.strideH()).append('x').append(spec.strideW());
    }
    if (spec.padH() != 0 || spec.padW() != 0) {
      s.append(", padding ").append(spec.padH()).append('x').append(spec.padW());
    }
    if (spec.dilationH() != 1 || spec.dilationW() != 1) {
      s.append(", dilation ").append(spec.dilationH()).append('x').append(spec.dilationW());
    }
    if (spec.groups() != 1) {
      s.append(", groups ").append(spec.groups());
    }
    return s.append(bias == null ? ", no bias)" : ")").toString();
  }
}
