package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution of images (Zeiler et al., 2010): each element of x lays a filter, scaled
 * by it, into y; what meets is added. It takes the results of a convolution of the same settings
 * back to the shape of its input.
 *
 * <p><b>Shapes</b> x [batch, in, h, w] → y [batch, out, h′, w′] with each extent (n − 1)·s − 2·pad
 * + d·(kernel − 1) + outputPadding + 1; parameters {@code weight} [in, out/groups, kernel, kernel]
 * and {@code bias} [out].
 */
public final class ConvTranspose2d extends Layer {
  private final int in;
  private final int out;
  private final int kernel;
  private final int stride;
  private final int padding;
  private final int outputPadding;
  private final Conv2dSpec spec;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates a layer with stride 1, no padding and a bias. */
  public ConvTranspose2d(Setup setup, int in, int out, int kernel) {
    this(setup, in, out, kernel, 1, 0, 0, 1, 1, true);
  }

  /**
   * Creates the layer, with equal settings along all axes.
   *
   * @param setup how to make the parameters
   * @param in channels of x
   * @param out channels of y
   * @param kernel extent of a filter
   * @param stride step between the filters of neighbours
   * @param padding elements cut off at each end
   * @param outputPadding elements added behind, which the stride left over; less than it
   * @param dilation distance between filter taps
   * @param groups independent groups of channels
   * @param withBias whether there is a bias
   * @throws ArgumentException if a number is out of range, or groups do not divide the channels
   */
  public ConvTranspose2d(
      Setup setup,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int outputPadding,
      int dilation,
      int groups,
      boolean withBias) {
    Checks.convolution("conv_transpose2d", in, out, kernel, stride, padding, dilation, groups);
    Checks.outputPadding("conv_transpose2d", outputPadding, stride);
    this.in = in;
    this.out = out;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.outputPadding = outputPadding;
    this.spec = Conv2dSpec.of(stride, padding, dilation, groups);
    int taps = kernel * kernel;
    int fanIn = out / groups * taps;
    int fanOut = in / groups * taps;
    this.weight =
        parameter("weight", setup.weight(fanIn, fanOut, in, out / groups, kernel, kernel));
    this.bias = withBias ? parameter("bias", setup.bias(fanIn, fanOut, out)) : null;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 4 || x.shape().dim(1) != in) {
      throw new ShapeException(
          "conv_transpose2d",
          "x",
          x.shape(),
          "this layer takes [batch, " + in + ", height, width]");
    }
    Variable b = bias == null ? null : bias.variable();
    return Convolutions.convTranspose2d(
        x, weight.variable(), b, spec, outputPadding, outputPadding);
  }

  @Override
  public String toString() {
    return "ConvTranspose2d("
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
