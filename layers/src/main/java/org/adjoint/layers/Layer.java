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

  /**
   * Makes this layer an immutable function that any number of threads may call; it can never be
   * trained again. To keep some parameters as they are while training others, see {@link
   * #trainable}.
   */
  public final Inference freeze() {
    return Inference.of(this);
  }

  /** Returns the kind and the settings on one line, {@code Linear(784, 512)}. */
  @Override
  public String toString() {
    return getClass().getSimpleName();
  }
}
