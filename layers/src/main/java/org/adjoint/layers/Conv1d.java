package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions1d;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of sequences (LeCun et al., 1989): one filter an output channel slides over x.
 *
 * <p><b>Shapes</b> x [batch, in, length] → y [batch, out, length′] with each extent ⌊(n + 2·pad −
 * d·(kernel − 1) − 1)/s⌋ + 1; parameters {@code weight} [out, in/groups, kernel] and {@code bias}
 * [out].
 */
public final class Conv1d extends Filters {
  /** Creates a layer with stride 1, no padding and a bias. */
  public Conv1d(Setup setup, int in, int out, int kernel) {
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
   * @throws org.adjoint.tensor.ArgumentException if a number is out of range, or groups do not
   *     divide the channels
   */
  public Conv1d(
      Setup setup,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean withBias) {
    super(setup, "conv1d", 1, false, in, out, kernel, stride, padding, dilation, groups, withBias);
  }

  @Override
  Variable convolve(Variable x, Variable w, @Nullable Variable b) {
    return Convolutions1d.conv1d(x, w, b, stride, padding, dilation, groups);
  }
}
