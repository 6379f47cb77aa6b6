package org.adjoint.autograd;

import org.adjoint.tensor.AdjointException;

/** A gradient that cannot be had: through a non-differentiable op, a freed graph, a constant. */
public final class GradientException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param op the operation that refuses
   * @param argument the offending argument
   * @param value what was received
   * @param remedy what was expected and how to get there
   */
  public GradientException(String op, String argument, Object value, String remedy) {
    super(op, argument, value, remedy);
  }
}
