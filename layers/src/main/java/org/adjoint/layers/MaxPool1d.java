package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.PoolingNd;

/**
 * The maximum of each window of a sequence.
 *
 * <p><b>Shapes</b> x [batch, c, length] → y [batch, c, ⌊(length + 2·pad − d·(kernel − 1) − 1)/s⌋ +
 * 1], d being the dilation; no parameters.
 */
public final class MaxPool1d extends Layer {
  private final PoolingNd.Pool1dSpec spec;

  /** Creates a layer of windows that do not overlap. */
  public MaxPool1d(int kernel) {
    this(new PoolingNd.Pool1dSpec(kernel, kernel, 0));
  }

  /** Creates a layer of any geometry. */
  public MaxPool1d(PoolingNd.Pool1dSpec spec) {
    this.spec = spec;
  }

  @Override
  public Variable forward(Variable x) {
    return PoolingNd.maxPool1d(x, spec);
  }

  @Override
  public String toString() {
    return "MaxPool1d" + text(spec);
  }

  static String text(PoolingNd.Pool1dSpec spec) {
    return "("
        + spec.kernel()
        + (spec.stride() == spec.kernel() ? "" : ", stride " + spec.stride())
        + (spec.padding() == 0 ? "" : ", padding " + spec.padding())
        + (spec.dilation() == 1 ? "" : ", dilation " + spec.dilation())
        + (spec.ceil() ? ", rounded up)" : ")");
  }
}
