package org.adjoint.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A device whose memory is the Java heap. Released arrays are pooled by element type and size
 * class, so that a training step in a steady state allocates none. Buffers that are never released
 * are left to the garbage collector. Thread-safe.
 *
 * <p>{@code -Dadjoint.memory=512m} or {@link #limit} says how much the pooled arrays may take: what
 * a step needs beyond the parameters, and what grows with the batch. A buffer beyond that is
 * refused by a {@link MemoryException} before the heap is full and others fail.
 */
public abstract class HeapDevice implements Device {
  private final String name;
  private final ArrayPool pool = new ArrayPool();
  private volatile @Nullable MemoryListener listener;

  /** Creates the device with the name by which users ask for it. */
  protected HeapDevice(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Storage allocate(DType dtype, int size, boolean temporary) {
    MemoryListener told = listener;
    if (told != null) {
      told.allocating(dtype, size, temporary);
    }
    Object array = temporary ? pool.take(dtype, size) : pool.takeForGood(dtype, size);
    return new HeapStorage(this, dtype, size, array, temporary);
  }

  @Override
  public final void recycle(Storage storage) {
    HeapStorage heap = (HeapStorage) storage;
    if (heap.isPooled()) {
      pool.give(heap.dtype(), heap.size(), heap.array());
    }
  }

  /** Takes a live temporary out of the books. */
  void forget(HeapStorage storage) {
    pool.forget(storage.dtype(), storage.size());
  }

  /** Returns the most bytes that temporaries in use and arrays that wait for reuse may take. */
  public final long limit() {
    return pool.limit();
  }

  /**
   * Sets the limit; arrays that wait are dropped when they stand in its way. A buffer that no scope
   * owns must fit beside the temporaries in use when it is made; it is not counted later, since the
   * garbage collector frees it.
   *
   * @throws ArgumentException if it is negative
   */
  public final void limit(long bytes) {
    pool.limit(bytes);
  }

  /**
   * Sets who is told of every buffer from now on, on all threads.
   *
   * @return who was told before
   */
  public final @Nullable MemoryListener listener(@Nullable MemoryListener value) {
    MemoryListener before = listener;
    listener = value;
    return before;
  }

  /** Drops the arrays that wait for reuse. */
  public final void trim() {
    pool.trim();
  }

  @Override
  public final void upload(Object array, int from, Storage target, int to, int count) {
    HeapStorage heap = own("upload", target);
    check("upload", heap, to, count, array);
    move("upload", array, from, heap.array(), to, count);
  }

  @Override
  public final void download(Storage source, int from, Object array, int to, int count) {
    if (count > 0 && Context.current().recorder() != null) {
      throw new ArgumentException(
          "download",
          "tensor",
          source.dtype() + " [" + source.size() + "]",
          "a step that is being recorded has no values yet: return the variable from the step and"
              + " read it after replay; what depends on a value in Java cannot be recorded");
    }
    HeapStorage heap = own("download", source);
    check("download", heap, from, count, array);
    move("download", heap.array(), from, array, to, count);
  }

  @Override
  public final void copy(Storage source, int from, Storage target, int to, int count) {
    HeapStorage a = own("copy", source);
    HeapStorage b = own("copy", target);
    check("copy", a, from, count, b.array());
    check("copy", b, to, count, a.array());
    move("copy", a.array(), from, b.array(), to, count);
  }

  private HeapStorage own(String op, Storage storage) {
    if (storage.device() != this || !(storage instanceof HeapStorage heap)) {
      throw new DeviceException(
          op, "storage", "on " + storage.device().name(), "this is " + this + "; use Tensor.to");
    }
    return heap;
  }

  private static void check(String op, HeapStorage heap, int from, int count, Object other) {
    heap.check();
    if (from < 0 || count < 0 || (long) from + count > heap.size()) {
      throw new ShapeException(
          op,
          "range",
          from + " to " + ((long) from + count),
          "the storage has " + heap.size() + " elements");
    }
    if (other.getClass() != heap.array().getClass()) {
      throw new DTypeException(
          op,
          "array",
          other.getClass().getSimpleName(),
          "the storage is "
              + heap.dtype()
              + " and needs "
              + heap.array().getClass().getSimpleName());
    }
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // both are arrays of one class, see check
  private static void move(String op, Object source, int from, Object target, int to, int count) {
    try {
      System.arraycopy(source, from, target, to, count);
    } catch (ArrayIndexOutOfBoundsException e) {
      ShapeException s =
          new ShapeException(
              op, "range", String.valueOf(e.getMessage()), "the Java array must hold all elements");
      s.initCause(e);
      throw s;
    }
  }

  @Override
  public final MemoryUse memory() {
    return pool.use();
  }

  /** Returns {@code device NAME}. */
  @Override
  public String toString() {
    return "device " + name;
  }
}
