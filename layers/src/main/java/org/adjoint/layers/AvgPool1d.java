package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;

/**
 * The mean of each window of a sequence.
 *
 * <p><b>Shapes</b> x [batch, c, length] → y [batch, c, ⌊(length + 2·pad − kernel)/s⌋ + 1]; no
 * parameters.
 */
public final class AvgPool1d extends Layer {
  private final PoolingNd.Pool1dSpec spec;
  private final boolean countPadding;

  /** Creates a layer of windows that do not overlap. */
  public AvgPool1d(int kernel) {
    this(new PoolingNd.Pool1dSpec(kernel, kernel, 0), true);
  }

  /**
   * Creates a layer of any geometry.
   *
   * @param spec of windows without gaps
   * @param countPadding whether padded zeros count
   */
  public AvgPool1d(PoolingNd.Pool1dSpec spec, boolean countPadding) {
    this.spec = spec;
    this.countPadding = countPadding;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.avgPool1d(x, spec, countPadding);
  }

  @Override
  public String toString() {
    return "AvgPool1d" + MaxPool1d.text(spec);
  }
}
