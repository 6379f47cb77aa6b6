package org.adjoint.tensor;

/** Any other argument outside its documented range. */
public final class ArgumentException extends AdjointException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; see {@link AdjointException}.
   *
   * @param op the operation that refuses
   * @param argument the offending argument
   * @param value what was received
   * @param remedy what was expected and how to get there
   */
  public ArgumentException(String op, String argument, Object value, String remedy) {
    super(op, argument, value, remedy);
  }
}
