package org.adjoint.layers;

import org.adjoint.autograd.Variable;

/** A network that maps one variable to one variable. */
public abstract class Layer extends Network {
  /** Creates a layer in training mode. */
  protected Layer() {}

  /**
   * Computes the output; recorded for backpropagation unless recording is off.
   *
   * @throws org.adjoint.tensor.ShapeException if the input's shape does not fit
   */
  public abstract Variable forward(Variable x);

  /** Returns the kind and the settings on one line, {@code Linear(784, 512)}. */
  @Override
  public String toString() {
    return getClass().getSimpleName();
  }
}
