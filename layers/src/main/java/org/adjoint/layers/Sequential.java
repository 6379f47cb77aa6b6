package org.adjoint.layers;

import java.util.List;
import org.adjoint.autograd.Variable;

/**
 * Layers one after another, y = fₙ(… f₁(x)). The parts are named by position, {@code 0}, {@code 1},
 * ….
 */
public final class Sequential extends Layer {
  private final List<Layer> layers;

  /** Creates the chain. */
  public Sequential(Layer... layers) {
    this.layers = List.of(layers);
    for (int i = 0; i < layers.length; i++) {
      child(String.valueOf(i), layers[i]);
    }
  }

  /** Returns the layers in order. */
  public List<Layer> layers() {
    return layers;
  }

  @Override
  public Variable forward(Variable x) {
    Variable y = x;
    for (int i = 0; i < layers.size(); i++) {
      y = layers.get(i).forward(y);
    }
    return y;
  }

  @Override
  public String toString() {
    return "Sequential(" + layers.size() + ")";
  }
}
