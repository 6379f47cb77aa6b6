package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.tensor.ArgumentException;

/**
 * The mean of each window of a sequence.
 *
 * <p><b>Shapes</b> x [batch, c, length] → y [batch, c, ⌊(length + 2·pad − kernel)/s⌋ + 1]; no
 * parameters.
 */
public final class AvgPool1d extends Layer {
  private final int kernel;
  private final int stride;
  private final int padding;
  private final boolean countPadding;

  /** Creates a layer of windows that do not overlap. */
  public AvgPool1d(int kernel) {
    this(kernel, kernel, 0, true);
  }

  /**
   * Creates a layer of any geometry.
   *
   * @param kernel length of a window
   * @param stride step
   * @param padding at each end, at most half a window
   * @param countPadding whether padded zeros count
   * @throws ArgumentException if a number is out of range
   */
  public AvgPool1d(int kernel, int stride, int padding, boolean countPadding) {
    Checks.window("avg_pool1d", kernel, stride, padding);
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.countPadding = countPadding;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.avgPool1d(x, kernel, stride, padding, countPadding);
  }

  @Override
  public String toString() {
    return "AvgPool1d(" + kernel + ", stride " + stride + ", padding " + padding + ")";
  }
}
