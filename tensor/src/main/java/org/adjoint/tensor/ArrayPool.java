package org.adjoint.tensor;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Java arrays that wait for reuse, by element type and size class, and the books of a heap device:
 * what is in use, what waits, and the peak. Thread-safe.
 */
final class ArrayPool {
  /** The longest array that JVMs make. */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private static final int SMALLEST = 64;
  private static final String LIMIT_PROPERTY = "adjoint.memory";

  /** Above the smallest, each octave up to 2³¹ has four classes. */
  private static final int CLASSES = 1 + 4 * 25;

  /** A stack of arrays for each type and class, and how many are on it. */
  private final @Nullable Object[][] waiting =
      new @Nullable Object[DType.values().length * CLASSES][0];

  private final int[] counts = new int[waiting.length];

  /** Negative until it is asked for, so that a wrong setting is reported where it can be caught. */
  private long limit = -1;

  private long live;
  private long pooled;
  private long peak;

  // ---- size classes -------------------------------------------------------------------------

  private static int stack(DType dtype, int size) {
    int sizeClass = 0;
    if (size > SMALLEST) {
      // The two bits below the highest one say which quarter of the octave.
      int octave = 31 - Integer.numberOfLeadingZeros(size - 1);
      sizeClass = 4 * (octave - 6) + ((size - 1) >>> (octave - 2) & 3) + 1;
    }
    return dtype.ordinal() * CLASSES + sizeClass;
  }

  /** Returns how long the arrays of the size's class are. */
  static int capacity(int size) {
    if (size <= SMALLEST) {
      return SMALLEST;
    }
    int step = Integer.highestOneBit(size - 1) >>> 2;
    long rounded = ((long) size + step - 1) / step * step;
    return Math.max(size, (int) Math.min(rounded, LONGEST));
  }

  private static long bytes(DType dtype, int size) {
    return (long) capacity(size) * dtype.bytes();
  }

  // ---- limit --------------------------------------------------------------------------------

  synchronized long limit() {
    if (limit < 0) {
      limit = parse(System.getProperty(LIMIT_PROPERTY));
    }
    return limit;
  }

  synchronized void limit(long bytes) {
    if (bytes < 0) {
      throw new ArgumentException("limit", "bytes", bytes, "it must be 0 or more");
    }
    limit = bytes;
    if (live + pooled > bytes) {
      trim();
    }
  }

  /** Returns the bytes of a setting such as 512m; without one there is no limit. */
  static long parse(@Nullable String setting) {
    if (setting == null) {
      return Long.MAX_VALUE;
    }
    String lower = setting.toLowerCase(Locale.ROOT);
    if (!lower.matches("\\d{1,9}[kmg]?|\\d{10,18}")) {
      throw new ArgumentException(
          "memory",
          LIMIT_PROPERTY,
          "\"" + setting + "\"",
          "give bytes, or a number with k, m or g, such as 512m");
    }
    int unit = "kmg".indexOf(lower.charAt(lower.length() - 1)) + 1;
    String digits = unit == 0 ? lower : lower.substring(0, lower.length() - 1);
    return Long.parseLong(digits) << 10 * unit;
  }

  // ---- arrays -------------------------------------------------------------------------------

  /**
   * Returns an array of at least this size, on the books until it is given back or forgotten.
   *
   * @throws MemoryException if there is no room
   */
  Object take(DType dtype, int size) {
    int stack = stack(dtype, size);
    long bytes = bytes(dtype, size);
    synchronized (this) {
      if (counts[stack] > 0) {
        int top = --counts[stack];
        Object array = waiting[stack][top];
        waiting[stack][top] = null;
        pooled -= bytes;
        live += bytes;
        peak = Math.max(peak, live);
        return array;
      }
      admit(dtype, capacity(size));
      live += bytes;
    }
    try {
      Object array = make(dtype, capacity(size));
      synchronized (this) {
        peak = Math.max(peak, live);
      }
      return array;
    } catch (MemoryException e) {
      forget(dtype, size);
      throw e;
    }
  }

  /**
   * Returns an array of exactly this size that is on no books.
   *
   * @throws MemoryException if there is no room
   */
  Object takeForGood(DType dtype, int size) {
    synchronized (this) {
      admit(dtype, size);
    }
    return make(dtype, size);
  }

  /** Makes room within the limit for a new array. */
  private void admit(DType dtype, int length) {
    long bytes = (long) length * dtype.bytes();
    if (live + bytes > limit()) {
      throw new MemoryException(
          "allocate",
          "size",
          length + " x " + dtype,
          "the limit is "
              + limit
              + " bytes, of which temporary tensors take "
              + live
              + "; use a smaller batch or raise -D"
              + LIMIT_PROPERTY);
    }
    if (live + pooled + bytes > limit) {
      trim();
    }
  }

  /** Takes back what {@link #take} gave for this size. */
  synchronized void give(DType dtype, int size, Object array) {
    int stack = stack(dtype, size);
    long bytes = bytes(dtype, size);
    live -= bytes;
    pooled += bytes;
    if (counts[stack] == waiting[stack].length) {
      waiting[stack] = Arrays.copyOf(waiting[stack], Math.max(4, 2 * counts[stack]));
    }
    waiting[stack][counts[stack]++] = array;
  }

  /** Takes an array that will never be given back out of the books. */
  synchronized void forget(DType dtype, int size) {
    live -= bytes(dtype, size);
  }

  /** Drops the arrays that wait. */
  synchronized void trim() {
    for (int s = 0; s < counts.length; s++) {
      waiting[s] = new @Nullable Object[0];
      counts[s] = 0;
    }
    pooled = 0;
  }

  synchronized MemoryUse use() {
    return new MemoryUse(live, pooled, peak);
  }

  /**
   * Returns a new array.
   *
   * @throws MemoryException if the heap has no room
   */
  private Object make(DType dtype, int length) {
    try {
      return unchecked(dtype, length);
    } catch (OutOfMemoryError first) {
      // What waits for reuse in other sizes may be what is missing.
      trim();
      try {
        return unchecked(dtype, length);
      } catch (OutOfMemoryError second) {
        MemoryException m =
            new MemoryException(
                "allocate",
                "size",
                length + " x " + dtype,
                "the Java heap has no room ("
                    + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB at most, "
                    + (use().live() >> 20)
                    + " MiB in temporary tensors); use a smaller batch or raise -Xmx");
        m.initCause(second);
        throw m;
      }
    }
  }

  private static Object unchecked(DType dtype, int length) {
    return switch (dtype) {
      case F32 -> new float[length];
      case F64 -> new double[length];
      case I32 -> new int[length];
    };
  }
}
