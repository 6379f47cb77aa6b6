package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Views;

/**
 * Merges all axes but the first.
 *
 * <p><b>Shapes</b> x [batch, a, b, …] → y [batch, a·b·…]; a view, no parameters.
 */
public final class Flatten extends Layer {
  /** Creates the layer. */
  public Flatten() {}

  @Override
  public Variable forward(Variable x) {
    return Views.flatten(x, 1);
  }
}
