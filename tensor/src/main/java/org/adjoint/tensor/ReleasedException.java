package org.adjoint.tensor;

/** Use of a tensor whose memory was already given back. */
public final class ReleasedException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param op the operation that refuses
   * @param argument the offending argument
   * @param value what was received
   * @param remedy what was expected and how to get there
   */
  public ReleasedException(String op, String argument, Object value, String remedy) {
    super(op, argument, value, remedy);
  }
}
