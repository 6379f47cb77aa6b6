package org.adjoint.kernels.ptx;

/**
 * The extent of a grid in blocks, or of a block in threads; x runs fastest.
 *
 * @param x along x
 * @param y along y
 * @param z along z
 */
public record Dim3(int x, int y, int z) {
  /** Returns the extent (x, 1, 1). */
  public static Dim3 of(int x) {
    return new Dim3(x, 1, 1);
  }

  /** Returns the extent (x, y, 1). */
  public static Dim3 of(int x, int y) {
    return new Dim3(x, y, 1);
  }

  /** Returns x · y · z. */
  public long count() {
    return (long) x * y * z;
  }

  @Override
  public String toString() {
    return "(" + x + ", " + y + ", " + z + ")";
  }
}
