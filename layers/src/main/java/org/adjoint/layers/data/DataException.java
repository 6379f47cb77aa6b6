package org.adjoint.layers.data;

import org.adjoint.tensor.AdjointException;

/** A data file that is missing, unreadable, truncated or of another kind. */
public final class DataException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param op what was being read
   * @param argument the file
   * @param value what was found
   * @param remedy what was expected and how to get there
   */
  public DataException(String op, String argument, Object value, String remedy) {
    super(op, argument, value, remedy);
  }

  /** Creates the exception for a failure of the file system. */
  public DataException(String op, String argument, Throwable cause, String remedy) {
    super(op, argument, cause, remedy);
    initCause(cause);
  }
}
