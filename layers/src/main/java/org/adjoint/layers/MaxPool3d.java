package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;

/**
 * The maximum of each window of a volume.
 *
 * <p><b>Shapes</b> x [batch, c, depth, h, w] → y [batch, c, depth′, h′, w′], each extent ⌊(n +
 * 2·pad − kernel)/s⌋ + 1; no parameters.
 */
public final class MaxPool3d extends Layer {
  private final PoolingNd.Pool3dSpec spec;

  /** Creates a layer of cubes that do not overlap. */
  public MaxPool3d(int kernel) {
    this(PoolingNd.Pool3dSpec.of(kernel, kernel, 0));
  }

  /** Creates a layer of any geometry. */
  public MaxPool3d(PoolingNd.Pool3dSpec spec) {
    this.spec = spec;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.maxPool3d(x, spec);
  }

  @Override
  public String toString() {
    return "MaxPool3d(" + spec.kernelD() + "x" + MaxPool2d.text(spec.plane()).substring(1);
  }
}
