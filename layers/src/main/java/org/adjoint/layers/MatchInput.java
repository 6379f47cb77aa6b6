package org.adjoint.layers;

import org.adjoint.autograd.Variable;

/**
 * Match-input cells: what a network makes of its input, less the input: y = f(x) − x. An
 * autoencoder is trained until they are silent; how loud they are then tells the unfamiliar from
 * the familiar (Japkowicz, Myers and Gluck, 1995).
 *
 * <p><b>Shapes</b> any that f keeps.
 */
public final class MatchInput extends Layer {
  private final Layer layer;

  /**
   * Wraps a layer.
   *
   * @param layer f
   */
  public MatchInput(Layer layer) {
    this.layer = child("layer", layer);
  }

  @Override
  public Variable forward(Variable x) {
    return layer.forward(x).sub(x);
  }
}
