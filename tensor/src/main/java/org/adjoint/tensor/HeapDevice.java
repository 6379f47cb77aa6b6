package org.adjoint.tensor;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * A device whose memory is the Java heap. Released arrays are pooled by element type and size
 * class, so that a training step in a steady state allocates none. Buffers that are never released
 * are left to the garbage collector. Thread-safe.
 */
public abstract class HeapDevice implements Device {
  private record Key(DType dtype, int capacity) {}

  private final String name;
  private final Map<Key, ArrayDeque<Object>> pool = new HashMap<>();
  private long live;
  private long pooled;
  private long peak;

  /** Creates the device with the name by which users ask for it. */
  protected HeapDevice(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  /** Returns the size class: up to 64 exactly 64, above it the next of four steps an octave. */
  static int capacity(int size) {
    if (size <= 64) {
      return 64;
    }
    int step = Integer.highestOneBit(size - 1) >>> 2;
    long rounded = ((long) size + step - 1) / step * step;
    return rounded > Integer.MAX_VALUE - 8 ? size : (int) rounded;
  }

  @Override
  public final Storage allocate(DType dtype, int size, boolean temporary) {
    if (!temporary) {
      return new HeapStorage(this, dtype, size, newArray(dtype, size), false);
    }
    int capacity = capacity(size);
    long bytes = (long) capacity * dtype.bytes();
    Object array = null;
    synchronized (pool) {
      ArrayDeque<Object> free = pool.get(new Key(dtype, capacity));
      if (free != null) {
        array = free.pollLast();
      }
      if (array != null) {
        pooled -= bytes;
        live += bytes;
        peak = Math.max(peak, live);
      }
    }
    if (array == null) {
      array = newArray(dtype, capacity);
      synchronized (pool) {
        live += bytes;
        peak = Math.max(peak, live);
      }
    }
    return new HeapStorage(this, dtype, size, array, true);
  }

  private Object newArray(DType dtype, int capacity) {
    try {
      return switch (dtype) {
        case F32 -> new float[capacity];
        case F64 -> new double[capacity];
        case I32 -> new int[capacity];
      };
    } catch (OutOfMemoryError e) {
      MemoryException m =
          new MemoryException(
              "allocate",
              "size",
              capacity + " x " + dtype,
              "the Java heap has no room ("
                  + (Runtime.getRuntime().maxMemory() >> 20)
                  + " MiB at most, "
                  + (memory().live() >> 20)
                  + " MiB in tensors); use a smaller batch or raise -Xmx");
      m.initCause(e);
      throw m;
    }
  }

  @Override
  public final void recycle(Storage storage) {
    HeapStorage heap = (HeapStorage) storage;
    if (!heap.isPooled()) {
      return;
    }
    int capacity = capacity(heap.size());
    long bytes = (long) capacity * heap.dtype().bytes();
    synchronized (pool) {
      live -= bytes;
      pooled += bytes;
      pool.computeIfAbsent(new Key(heap.dtype(), capacity), k -> new ArrayDeque<>())
          .addLast(heap.array());
    }
  }

  /** Drops the arrays that wait for reuse. */
  public final void trim() {
    synchronized (pool) {
      pool.clear();
      pooled = 0;
    }
  }

  @Override
  public final void upload(Object array, int from, Storage target, int to, int count) {
    HeapStorage heap = (HeapStorage) target;
    heap.check();
    System.arraycopy(array, from, heap.array(), to, count);
  }

  @Override
  public final void download(Storage source, int from, Object array, int to, int count) {
    HeapStorage heap = (HeapStorage) source;
    heap.check();
    System.arraycopy(heap.array(), from, array, to, count);
  }

  @Override
  public final void copy(Storage source, int from, Storage target, int to, int count) {
    HeapStorage a = (HeapStorage) source;
    HeapStorage b = (HeapStorage) target;
    a.check();
    b.check();
    System.arraycopy(a.array(), from, b.array(), to, count);
  }

  @Override
  public final MemoryUse memory() {
    synchronized (pool) {
      return new MemoryUse(live, pooled, peak);
    }
  }

  /** Returns {@code device NAME}. */
  @Override
  public String toString() {
    return "device " + name;
  }
}
