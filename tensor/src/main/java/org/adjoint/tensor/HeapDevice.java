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
      return unchecked(dtype, capacity);
    } catch (OutOfMemoryError first) {
      // What waits for reuse in other sizes may be what is missing.
      trim();
      try {
        return unchecked(dtype, capacity);
      } catch (OutOfMemoryError second) {
        MemoryException m =
            new MemoryException(
                "allocate",
                "size",
                capacity + " x " + dtype,
                "the Java heap has no room ("
                    + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB at most, "
                    + (memory().live() >> 20)
                    + " MiB in temporary tensors); use a smaller batch or raise -Xmx");
        m.initCause(second);
        throw m;
      }
    }
  }

  private static Object unchecked(DType dtype, int capacity) {
    return switch (dtype) {
      case F32 -> new float[capacity];
      case F64 -> new double[capacity];
      case I32 -> new int[capacity];
    };
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

  /** Takes a live temporary out of the books. */
  void forget(HeapStorage storage) {
    synchronized (pool) {
      live -= (long) capacity(storage.size()) * storage.dtype().bytes();
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
