package org.adjoint.layers.train;

import org.adjoint.tensor.AdjointException;

/** Training that cannot go on, such as after a loss that is no longer a number. */
public final class TrainingException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param argument what is wrong
   * @param value what was found
   * @param remedy what to do about it
   */
  public TrainingException(String argument, Object value, String remedy) {
    super("train", argument, value, remedy);
  }
}
