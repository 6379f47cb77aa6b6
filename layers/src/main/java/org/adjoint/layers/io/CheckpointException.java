package org.adjoint.layers.io;

import org.adjoint.tensor.AdjointException;

/** A checkpoint that cannot be written, or a file that is not one, is damaged or does not fit. */
public final class CheckpointException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param op {@code save} or {@code load}
   * @param argument the file
   * @param value what was found
   * @param remedy what was expected and how to get there
   */
  public CheckpointException(String op, String argument, Object value, String remedy) {
    super(op, argument, value, remedy);
  }

  /** Creates the exception for a failure of the file system. */
  public CheckpointException(String op, String argument, Throwable cause, String remedy) {
    super(op, argument, cause, remedy);
    initCause(cause);
  }
}
