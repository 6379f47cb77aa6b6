package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions1d;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution of sequences (Zeiler et al., 2010): each element of x lays a filter,
 * scaled by it, into y; what meets is added. It takes the results of a convolution of the same
 * settings back to the shape of its input.
 *
 * <p><b>Shapes</b> x [batch, in, length] → y [batch, out, length′] with each extent (n − 1)·s −
 * 2·pad + d·(kernel − 1) + outputPadding + 1; parameters {@code weight} [in, out/groups, kernel]
 * and {@code bias} [out].
 */
public final class ConvTranspose1d extends Filters {
  private final int outputPadding;

  /** Creates a layer with stride 1, no padding and a bias. */
  public ConvTranspose1d(Setup setup, int in, int out, int kernel) {
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
   * @throws org.adjoint.tensor.ArgumentException if a number is out of range, or groups do not
   *     divide the channels
   */
  public ConvTranspose1d(
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
    super(
        setup,
        "conv_transpose1d",
        1,
        true,
        in,
        out,
        kernel,
        stride,
        padding,
        dilation,
        groups,
        withBias);
    Checks.outputPadding("conv_transpose1d", outputPadding, stride);
    this.outputPadding = outputPadding;
  }

  @Override
  Variable convolve(Variable x, Variable w, @Nullable Variable b) {
    return Convolutions1d.convTranspose1d(
        x, w, b, stride, padding, outputPadding, dilation, groups);
  }
}
