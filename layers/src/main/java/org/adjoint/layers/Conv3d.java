package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions3d;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of volumes (LeCun et al., 1989): one filter an output channel slides over x.
 *
 * <p><b>Shapes</b> x [batch, in, depth, h, w] → y [batch, out, depth′, h′, w′] with each extent ⌊(n
 * + 2·pad − d·(kernel − 1) − 1)/s⌋ + 1; parameters {@code weight} [out, in/groups, kernel, kernel,
 * kernel] and {@code bias} [out].
 */
public final class Conv3d extends Layer {
  private final int in;
  private final int out;
  private final int kernel;
  private final int stride;
  private final int padding;
  private final Convolutions3d.Spec spec;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates a layer with stride 1, no padding and a bias. */
  public Conv3d(Setup setup, int in, int out, int kernel) {
    this(setup, in, out, kernel, 1, 0, 1, 1, true);
  }

  /**
   * Creates the layer, with equal settings along all axes.
   *
   * @param setup how to make the parameters
   * @param in channels of x
   * @param out channels of y
   * @param kernel extent of a filter
   * @param stride step
   * @param padding zeros added at each end
   * @param dilation distance between filter taps
   * @param groups independent groups of channels
   * @param withBias whether there is a bias
   * @throws ArgumentException if a number is out of range, or groups do not divide the channels
   */
  public Conv3d(
      Setup setup,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean withBias) {
    Checks.convolution("conv3d", in, out, kernel, stride, padding, dilation, groups);
    this.in = in;
    this.out = out;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.spec = Convolutions3d.Spec.of(stride, padding, dilation, groups);
    int taps = kernel * kernel * kernel;
    int fanIn = in / groups * taps;
    int fanOut = out / groups * taps;
    this.weight =
        parameter("weight", setup.weight(fanIn, fanOut, out, in / groups, kernel, kernel, kernel));
    this.bias = withBias ? parameter("bias", setup.bias(fanIn, fanOut, out)) : null;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 5 || x.shape().dim(1) != in) {
      throw new ShapeException(
          "conv3d", "x", x.shape(), "this layer takes [batch, " + in + ", depth, height, width]");
    }
    Variable b = bias == null ? null : bias.variable();
    return Convolutions3d.conv3d(x, weight.variable(), b, spec);
  }

  @Override
  public String toString() {
    return "Conv3d("
        + in
        + ", "
        + out
        + ", kernel "
        + kernel
        + ", stride "
        + stride
        + ", padding "
        + padding
        + (bias == null ? ", no bias)" : ")");
  }
}
