package org.adjoint.tensor;

/** The type of a tensor's elements. */
public enum DType {
  /** IEEE 754 binary32: the type of training. */
  F32(4, "float32"),
  /** IEEE 754 binary64: the type of gradient checks. */
  F64(8, "float64"),
  /** Two's complement 32-bit integers: labels and indices. */
  I32(4, "int32");

  private final int bytes;
  private final String text;

  DType(int bytes, String text) {
    this.bytes = bytes;
    this.text = text;
  }

  /** Returns the size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Returns whether elements are real numbers, so that gradients exist. */
  public boolean isFloating() {
    return this != I32;
  }

  /**
   * Returns the name as NumPy and PyTorch write it: {@code float32}, {@code float64}, {@code
   * int32}.
   */
  @Override
  public String toString() {
    return text;
  }
}
