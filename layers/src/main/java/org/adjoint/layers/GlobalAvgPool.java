package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;

/**
 * The mean of each channel (Lin, Chen and Yan, 2014), which leaves one number a channel whatever
 * the size of the image, sequence or volume.
 *
 * <p><b>Shapes</b> x [batch, channels, …] → y [batch, channels]; no parameters.
 */
public final class GlobalAvgPool extends Layer {
  /** Creates the layer. */
  public GlobalAvgPool() {}

  @Override
  public Variable forward(Variable x) {
    return flat("global_avg_pool", x).mean(2);
  }

  static Variable flat(String op, Variable x) {
    Shape s = x.shape();
    if (s.rank() < 3) {
      throw new ShapeException(op, "x", s, "it must be [batch, channels, ...]");
    }
    return x.reshape(s.dim(0), s.dim(1), -1);
  }
}
