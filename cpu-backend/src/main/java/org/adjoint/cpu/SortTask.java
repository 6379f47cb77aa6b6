package org.adjoint.cpu;

import org.adjoint.tensor.Tensor;

/**
 * Puts the columns of x, seen as [outer, n, inner] around an axis, in order, or finds the first
 * {@code count} of that order. Elements become integers of the same order, a pair of which and the
 * index has no equals, so that the result does not depend on the algorithm: merge sort of short
 * sorted runs; or, if few are wanted of many, a heap of the best so far.
 */
final class SortTask extends RowTask {
  /** What one comparison of a sort takes, in fused multiply-adds. */
  private static final long COMPARISON = 16;

  /** Runs of this length are sorted by insertion. */
  private static final int RUN = 16;

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

  private SortTask(boolean descending, Tensor x, int n, int count, int inner, Tensor out) {
    this.descending = descending;
    from = Heap.array(x);
    fromAt = Heap.at(x);
    to = Heap.ints(out);
    toAt = Heap.at(out);
    this.n = n;
    this.count = count;
    this.inner = inner;
  }

  /** Writes the first {@code count} indices of the order of n elements, {@code inner} apart. */
  static void run(boolean descending, Tensor x, int n, int count, int inner, Tensor out) {
    long comparisons = (long) x.size() * (32 - Integer.numberOfLeadingZeros(n));
    new SortTask(descending, x, n, count, inner, out).split(x.size() / n, COMPARISON * comparisons);
  }

  /** A thread's keys and indices, and as many again to merge into; grows and is kept. */
  private static final class Room {
    private static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

    private long[] keys = new long[0];
    private long[] otherKeys = keys;
    private int[] places = new int[0];
    private int[] otherPlaces = places;

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
      int used = few ? best(room, at) : all(room, at);
      sort(room, used);
      int base = toAt + column / inner * count * inner + column % inner;
      for (int i = 0; i < count; i++) {
        to[base + i * inner] = room.places[i];
      }
    }
  }

  /** An integer of the same order as the element, NaN above all and −0 equal to +0. */
  private long key(int at) {
    double x = from instanceof float[] f ? f[at] : ((double[]) from)[at];
    long bits = Double.doubleToLongBits(x + 0.0);
    long key = bits ^ ((bits >> 63) & Long.MAX_VALUE);
    return descending ? ~key : key;
  }

  private int all(Room room, int at) {
    for (int i = 0; i < n; i++) {
      room.keys[i] = key(at + i * inner);
      room.places[i] = i;
    }
    return n;
  }

  /** Keeps the first of the order in a heap, the last of them on top. */
  private int best(Room room, int at) {
    long[] keys = room.keys;
    int[] places = room.places;
    for (int i = 0; i < n; i++) {
      long key = key(at + i * inner);
      if (i < count) {
        keys[i] = key;
        places[i] = i;
        if (i == count - 1) {
          for (int p = count / 2 - 1; p >= 0; p--) {
            sink(keys, places, p, keys[p], places[p]);
          }
        }
      } else if (key < keys[0]) {
        // an equal key comes later in the order: its index is larger
        sink(keys, places, 0, key, i);
      }
    }
    return count;
  }

  private void sink(long[] keys, int[] places, int from, long key, int place) {
    int hole = from;
    while (true) {
      int child = 2 * hole + 1;
      if (child >= count) {
        break;
      }
      if (child + 1 < count
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

  private static void sort(Room room, int length) {
    for (int from = 0; from < length; from += RUN) {
      insert(room.keys, room.places, from, Math.min(from + RUN, length));
    }
    for (int run = RUN; run < length; run *= 2) {
      for (int from = 0; from < length; from += 2 * run) {
        int middle = Math.min(from + run, length);
        merge(room, from, middle, Math.min(middle + run, length));
      }
      long[] keys = room.keys;
      room.keys = room.otherKeys;
      room.otherKeys = keys;
      int[] places = room.places;
      room.places = room.otherPlaces;
      room.otherPlaces = places;
    }
  }

  private static void insert(long[] keys, int[] places, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      long key = keys[i];
      int place = places[i];
      int hole = i;
      while (hole > from && isLess(key, place, keys[hole - 1], places[hole - 1])) {
        keys[hole] = keys[hole - 1];
        places[hole] = places[hole - 1];
        hole--;
      }
      keys[hole] = key;
      places[hole] = place;
    }
  }

  private static void merge(Room room, int from, int middle, int to) {
    long[] keys = room.keys;
    int[] places = room.places;
    long[] mergedKeys = room.otherKeys;
    int[] mergedPlaces = room.otherPlaces;
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft =
          right == to
              || (left < middle && isLess(keys[left], places[left], keys[right], places[right]));
      int taken = takeLeft ? left++ : right++;
      mergedKeys[i] = keys[taken];
      mergedPlaces[i] = places[taken];
    }
  }
}
