package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;

/**
 * Puts the columns of x, seen as [outer, n, inner] around an axis, in order, or finds the first
 * {@code count} of that order. Elements become integers of the same order, which are sorted by
 * insertion, if few; else by one digit after the other, beginning with the least (radix sort,
 * stable in every pass); or, if few are wanted of many, kept in a heap of the best so far.
 */
final class SortTask extends RowTask {
  /** What one comparison of a sort takes, in fused multiply-adds. */
  private static final long COMPARISON = 16;

  /** Up to this length insertion is faster than counting digits. */
  private static final int SHORT = 48;

  /** The bits of a digit. */
  private static final int BITS = 8;

  private static final int RADIX = 1 << BITS;

  /** A heap pays if fewer than one element of so many is wanted. */
  private static final int FEW = 8;

  private final boolean descending;
  private final Object from;
  private final int fromAt;
  private final int[] to;
  private final int toAt;
  private final int n;
  private final int count;
  private final int inner;

  /** How many digits of a key may differ. */
  private final int digits;

  private SortTask(boolean descending, Tensor x, int n, int count, int inner, Tensor out) {
    this.descending = descending;
    from = Heap.array(x);
    fromAt = Heap.at(x);
    to = Heap.ints(out);
    toAt = Heap.at(out);
    this.n = n;
    this.count = count;
    this.inner = inner;
    digits = (Heap.isSingle(x) ? Integer.SIZE : Long.SIZE) / BITS;
  }

  /** Writes the first {@code count} indices of the order of n elements, {@code inner} apart. */
  static void run(boolean descending, Tensor x, int n, int count, int inner, Tensor out) {
    long comparisons = (long) x.size() * (32 - Integer.numberOfLeadingZeros(n));
    new SortTask(descending, x, n, count, inner, out).split(x.size() / n, COMPARISON * comparisons);
  }

  /** A thread's keys and indices, and as many again to move them to; grows and is kept. */
  private static final class Room {
    private static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

    private long[] keys = new long[0];
    private long[] otherKeys = keys;
    private int[] places = new int[0];
    private int[] otherPlaces = places;
    private final int[] counts = new int[Long.SIZE / BITS * RADIX];

    static Room of(int length) {
      Room room = CURRENT.get();
      if (room.keys.length < length) {
        room.keys = new long[length];
        room.otherKeys = new long[length];
        room.places = new int[length];
        room.otherPlaces = new int[length];
      }
      return room;
    }
  }

  @Override
  void rows(int first, int last) {
    boolean few = count < n / FEW;
    Room room = Room.of(few ? count : n);
    for (int column = first; column < last; column++) {
      int at = fromAt + column / inner * n * inner + column % inner;
      if (few) {
        best(room, at);
      } else {
        all(room, at);
      }
      int base = toAt + column / inner * count * inner + column % inner;
      for (int i = 0; i < count; i++) {
        to[base + i * inner] = room.places[i];
      }
    }
  }

  /**
   * An integer of the same order as the element, NaN above all and −0 equal to +0; of float32 one
   * of 32 bits, whose upper half is the same for all.
   */
  private long key(int at) {
    long key;
    if (from instanceof float[] f) {
      int bits = Float.floatToIntBits(f[at] + 0f);
      key = (bits ^ ((bits >> 31) & Integer.MAX_VALUE)) - (long) Integer.MIN_VALUE;
    } else {
      long bits = Double.doubleToLongBits(((double[]) from)[at] + 0.0);
      key = bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }
    return descending ? ~key : key;
  }

  private void all(Room room, int at) {
    for (int i = 0; i < n; i++) {
      room.keys[i] = key(at + i * inner);
      room.places[i] = i;
    }
    sort(room);
  }

  /** Keeps the first of the order in a heap, the last of them on top, and takes it down. */
  private void best(Room room, int at) {
    long[] keys = room.keys;
    int[] places = room.places;
    for (int i = 0; i < count; i++) {
      keys[i] = key(at + i * inner);
      places[i] = i;
    }
    for (int p = count / 2 - 1; p >= 0; p--) {
      sink(keys, places, p, count, keys[p], places[p]);
    }
    for (int i = count; i < n; i++) {
      i =
          from instanceof float[] x
              ? next(x, at, i, places[0])
              : next((double[]) from, at, i, places[0]);
      if (i < n) {
        long key = key(at + i * inner);
        // An equal key comes later in the order: its index is larger.
        if (key < keys[0]) {
          sink(keys, places, 0, count, key, i);
        }
      }
    }
    for (int last = count - 1; last > 0; last--) {
      long key = keys[last];
      int place = places[last];
      keys[last] = keys[0];
      places[last] = places[0];
      sink(keys, places, 0, last, key, place);
    }
  }

  /** Skips elements that surely do not come before the one at {@code worst}. */
  private int next(float[] x, int at, int start, int worst) {
    float w = x[at + worst * inner];
    int i = start;
    if (descending) {
      while (i < n && x[at + i * inner] <= w) {
        i++;
      }
    } else {
      while (i < n && x[at + i * inner] >= w) {
        i++;
      }
    }
    return i;
  }

  private int next(double[] x, int at, int start, int worst) {
    double w = x[at + worst * inner];
    int i = start;
    if (descending) {
      while (i < n && x[at + i * inner] <= w) {
        i++;
      }
    } else {
      while (i < n && x[at + i * inner] >= w) {
        i++;
      }
    }
    return i;
  }

  private static void sink(long[] keys, int[] places, int from, int size, long key, int place) {
    int hole = from;
    while (true) {
      int child = 2 * hole + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size
          && isLess(keys[child], places[child], keys[child + 1], places[child + 1])) {
        child++;
      }
      if (!isLess(key, place, keys[child], places[child])) {
        break;
      }
      keys[hole] = keys[child];
      places[hole] = places[child];
      hole = child;
    }
    keys[hole] = key;
    places[hole] = place;
  }

  private static boolean isLess(long key, int place, long otherKey, int otherPlace) {
    return key < otherKey || (key == otherKey && place < otherPlace);
  }

  private void sort(Room room) {
    if (n <= SHORT) {
      insert(room.keys, room.places, n);
      return;
    }
    int[] counts = room.counts;
    Arrays.fill(counts, 0);
    for (int i = 0; i < n; i++) {
      long key = room.keys[i];
      for (int d = 0; d < digits; d++) {
        counts[d * RADIX + digit(key, d)]++;
      }
    }
    for (int d = 0; d < digits; d++) {
      if (counts[d * RADIX + digit(room.keys[0], d)] < n) {
        distribute(room, n, d);
      }
    }
  }

  /**
   * A digit of a key, the most significant with its sign turned so that negative keys are first.
   */
  private static int digit(long key, int d) {
    return (int) ((key ^ Long.MIN_VALUE) >>> (BITS * d)) & (RADIX - 1);
  }

  /** Moves all to where their digit belongs, those of equal digits in their order. */
  private static void distribute(Room room, int length, int d) {
    int[] next = room.counts;
    int base = d * RADIX;
    int sum = 0;
    for (int i = base; i < base + RADIX; i++) {
      int count = next[i];
      next[i] = sum;
      sum += count;
    }
    for (int i = 0; i < length; i++) {
      int to = next[base + digit(room.keys[i], d)]++;
      room.otherKeys[to] = room.keys[i];
      room.otherPlaces[to] = room.places[i];
    }
    long[] keys = room.keys;
    room.keys = room.otherKeys;
    room.otherKeys = keys;
    int[] places = room.places;
    room.places = room.otherPlaces;
    room.otherPlaces = places;
  }

  private static void insert(long[] keys, int[] places, int length) {
    for (int i = 1; i < length; i++) {
      long key = keys[i];
      int place = places[i];
      int hole = i;
      while (hole > 0 && isLess(key, place, keys[hole - 1], places[hole - 1])) {
        keys[hole] = keys[hole - 1];
        places[hole] = places[hole - 1];
        hole--;
      }
      keys[hole] = key;
      places[hole] = place;
    }
  }
}
