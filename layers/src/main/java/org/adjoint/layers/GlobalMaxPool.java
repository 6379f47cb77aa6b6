package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Reductions;

/**
 * The maximum of each channel (Oquab et al., 2015), which leaves one number a channel whatever the
 * size of the image, sequence or volume; equal maxima share the gradient.
 *
 * <p><b>Shapes</b> x [batch, channels, …] → y [batch, channels]; no parameters.
 */
public final class GlobalMaxPool extends Layer {
  /** Creates the layer. */
  public GlobalMaxPool() {}

  @Override
  public Variable forward(Variable x) {
    return Reductions.max(GlobalAvgPool.flat("global_max_pool", x), 2);
  }

  @Override
  public String toString() {
    return "GlobalMaxPool";
  }
}
