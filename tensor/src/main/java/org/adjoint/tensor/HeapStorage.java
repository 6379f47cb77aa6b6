package org.adjoint.tensor;

/**
 * A buffer in the Java heap: one {@code float[]}, {@code double[]} or {@code int[]}. The array may
 * be longer than {@link #size()}, because the pool hands out size classes.
 */
public final class HeapStorage extends Storage {
  private final Object array;
  private volatile boolean pooled;

  HeapStorage(Device device, DType dtype, int size, Object array, boolean pooled) {
    super(device, dtype, size);
    this.array = array;
    this.pooled = pooled;
  }

  /** Returns whether the array goes back to the pool on release. */
  boolean isPooled() {
    return pooled;
  }

  @Override
  protected void detach() {
    synchronized (this) {
      if (!pooled || isReleased()) {
        return;
      }
      pooled = false;
    }
    ((HeapDevice) device()).forget(this);
  }

  /** Returns the backing array, whatever its type. */
  Object array() {
    return array;
  }

  /**
   * Returns the backing {@code float[]}.
   *
   * @throws ReleasedException after release
   * @throws DTypeException if the dtype is not float32
   */
  public float[] floats() {
    requireLive();
    if (array instanceof float[] f) {
      return f;
    }
    throw wrongType(DType.F32);
  }

  /** Returns the backing {@code double[]}; throws like {@link #floats}. */
  public double[] doubles() {
    requireLive();
    if (array instanceof double[] d) {
      return d;
    }
    throw wrongType(DType.F64);
  }

  /** Returns the backing {@code int[]}; throws like {@link #floats}. */
  public int[] ints() {
    requireLive();
    if (array instanceof int[] i) {
      return i;
    }
    throw wrongType(DType.I32);
  }

  private DTypeException wrongType(DType wanted) {
    return new DTypeException("tensor", "dtype", dtype(), "this access needs " + wanted);
  }

  void check() {
    requireLive();
  }
}
