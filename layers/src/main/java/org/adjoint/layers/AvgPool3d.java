package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.tensor.ArgumentException;

/**
 * The mean of each window of a volume.
 *
 * <p><b>Shapes</b> x [batch, c, depth, h, w] → y [batch, c, depth′, h′, w′], each extent ⌊(n +
 * 2·pad − kernel)/s⌋ + 1; no parameters.
 */
public final class AvgPool3d extends Layer {
  private final PoolingNd.Pool3dSpec spec;
  private final boolean countPadding;

  /** What sums are divided by instead of what counts, or 0. */
  private final int divisor;

  /** Creates a layer of cubes that do not overlap. */
  public AvgPool3d(int kernel) {
    this(PoolingNd.Pool3dSpec.of(kernel, kernel, 0), true);
  }

  /** Creates a layer of any geometry; padded zeros count or not. */
  public AvgPool3d(PoolingNd.Pool3dSpec spec, boolean countPadding) {
    this.spec = spec;
    this.countPadding = countPadding;
    divisor = 0;
  }

  /**
   * Creates a layer that divides the sum of each window by a number.
   *
   * @throws ArgumentException if the divisor is 0
   */
  public AvgPool3d(PoolingNd.Pool3dSpec spec, int divisor) {
    if (divisor == 0) {
      throw new ArgumentException("avg_pool3d", "divisor", divisor, "it must not be 0");
    }
    this.spec = spec;
    this.countPadding = true;
    this.divisor = divisor;
  }

  @Override
  public Variable forward(Variable x) {
    return divisor == 0
        ? PoolingNd.avgPool3d(x, spec, countPadding)
        : PoolingNd.avgPool3d(x, spec, divisor);
  }

  @Override
  public String toString() {
    return "AvgPool3d(" + spec.kernelD() + "x" + MaxPool2d.text(spec.plane()).substring(1);
  }
}
