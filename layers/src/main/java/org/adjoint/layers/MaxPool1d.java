package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.tensor.ArgumentException;

/**
 * The maximum of each window of a sequence.
 *
 * <p><b>Shapes</b> x [batch, c, length] → y [batch, c, ⌊(length + 2·pad − kernel)/s⌋ + 1]; no
 * parameters.
 */
public final class MaxPool1d extends Layer {
  private final int kernel;
  private final int stride;
  private final int padding;

  /** Creates a layer of windows that do not overlap. */
  public MaxPool1d(int kernel) {
    this(kernel, kernel, 0);
  }

  /**
   * Creates a layer of any geometry.
   *
   * @param kernel length of a window
   * @param stride step
   * @param padding at each end, at most half a window
   * @throws ArgumentException if a number is out of range
   */
  public MaxPool1d(int kernel, int stride, int padding) {
    Checks.window("max_pool1d", kernel, stride, padding);
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.maxPool1d(x, kernel, stride, padding);
  }

  @Override
  public String toString() {
    return "MaxPool1d(" + kernel + ", stride " + stride + ", padding " + padding + ")";
  }
}
