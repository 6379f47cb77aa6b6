package org.adjoint.tensor;

/**
 * A place where tensors live: a name and its memory. What can be computed there is the business of
 * the rooms above.
 */
public interface Device {
  /** Returns the name, such as {@code cpu}, {@code cuda} or {@code cuda:1}. */
  String name();

  /**
   * Returns a buffer of {@code size} elements with undefined contents.
   *
   * @param dtype the element type
   * @param size the number of elements
   * @param temporary whether the buffer will be released soon, by a scope, and should then be kept
   *     for reuse; other buffers are freed once nothing refers to them
   * @throws MemoryException if the device has no room for it
   */
  Storage allocate(DType dtype, int size, boolean temporary);

  /** Takes a buffer back for reuse. Called once a buffer, by {@link Storage#release}. */
  void recycle(Storage storage);

  /**
   * Copies {@code count} elements from a Java array ({@code float[]}, {@code double[]} or {@code
   * int[]}, matching the dtype) into a buffer.
   */
  void upload(Object array, int from, Storage target, int to, int count);

  /**
   * Returns a new way for uploads beside the device's work; where there is no such way, as on the
   * CPU, one by which they are done at once.
   */
  default Inlet inlet() {
    return new DirectInlet(this);
  }

  /** Copies {@code count} elements from a buffer into a Java array of the matching type. */
  void download(Storage source, int from, Object array, int to, int count);

  /** Copies {@code count} elements between two buffers of this device. */
  void copy(Storage source, int from, Storage target, int to, int count);

  /** Returns what is allocated now, what waits for reuse and the peak, in bytes. */
  MemoryUse memory();
}
