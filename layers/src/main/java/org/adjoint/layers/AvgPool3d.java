package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;

/**
 * The mean of each window of a volume.
 *
 * <p><b>Shapes</b> x [batch, c, depth, h, w] → y [batch, c, depth′, h′, w′], each extent ⌊(n +
 * 2·pad − kernel)/s⌋ + 1; no parameters.
 */
public final class AvgPool3d extends Layer {
  private final PoolingNd.Pool3dSpec spec;
  private final boolean countPadding;

  /** Creates a layer of cubes that do not overlap. */
  public AvgPool3d(int kernel) {
    this(PoolingNd.Pool3dSpec.of(kernel, kernel, 0), true);
  }

  /** Creates a layer of any geometry; padded zeros count or not. */
  public AvgPool3d(PoolingNd.Pool3dSpec spec, boolean countPadding) {
    this.spec = spec;
    this.countPadding = countPadding;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.avgPool3d(x, spec, countPadding);
  }

  @Override
  public String toString() {
    return "AvgPool3d(" + spec.kernelD() + "x" + MaxPool2d.text(spec.plane()).substring(1);
  }
}
