package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** A scalar that says how far predictions are from targets. */
@FunctionalInterface
public interface Loss {
  /**
   * Returns the loss of a batch, a scalar.
   *
   * @param prediction what the model gave, the batch along axis 0
   * @param target what it should have given
   * @throws ShapeException if the shapes do not fit or the batch is empty
   */
  Variable of(Variable prediction, Tensor target);
}
