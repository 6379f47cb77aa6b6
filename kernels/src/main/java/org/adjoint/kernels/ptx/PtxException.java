package org.adjoint.kernels.ptx;

import org.adjoint.tensor.AdjointException;

/** A PTX text that cannot be read: the line, what was found there, and what was expected. */
public final class PtxException extends AdjointException {
  private static final long serialVersionUID = 1L;

  private final transient PtxLine line;

  /**
   * Creates the exception.
   *
   * @param line where
   * @param what what is wrong, such as "the instruction"
   * @param value what was found
   * @param remedy what was expected
   */
  public PtxException(PtxLine line, String what, Object value, String remedy) {
    super(line.toString(), what, value, remedy);
    this.line = line;
  }

  /** Returns the line that is wrong. */
  public PtxLine line() {
    return line;
  }
}
