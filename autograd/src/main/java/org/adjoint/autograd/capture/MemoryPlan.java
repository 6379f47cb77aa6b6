package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.KernelWork;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Where the intermediate results of a program lie. All of one type share a block; two may overlap
 * unless both are needed at the same time. Element-wise work writes over an operand that is not
 * needed any more. The largest results are placed first, each at the lowest place that is free for
 * as long as it lives (Pisarchyk and Lee, 2020, greedy by size).
 */
final class MemoryPlan {
  /** Places are multiples of a cache line of floats. */
  private static final int ALIGNMENT = 16;

  /** Buffers that lie at one place, one after the other, and when that place is used. */
  static final class Place {
    final DType dtype;
    final int size;
    final int first;
    int last;
    int offset = -1;

    Place(Buffer b, int first, int last) {
      this.dtype = b.dtype;
      this.size = b.size;
      this.first = first;
      this.last = last;
    }

    boolean isUsedWith(Place other) {
      return dtype == other.dtype && first <= other.last && other.first <= last;
    }

    int end() {
      return offset + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    long bytes() {
      return (long) size * dtype.bytes();
    }
  }

  private final Map<Buffer, Place> places = new HashMap<>();
  private final List<Place> distinct = new ArrayList<>();
  private final int[] sizes = new int[DType.values().length];
  private long unshared;

  MemoryPlan(List<Instruction> program, Ref[] outputs) {
    Map<Buffer, Integer> last = new HashMap<>();
    for (int i = 0; i < program.size(); i++) {
      for (Ref r : program.get(i).refs()) {
        last.put(r.buffer(), i);
      }
    }
    for (Ref o : outputs) {
      last.put(o.buffer(), program.size());
    }
    for (int i = 0; i < program.size(); i++) {
      for (Ref r : program.get(i).refs()) {
        Buffer b = r.buffer();
        if (b.isInside() && !places.containsKey(b)) {
          enter(b, program.get(i), i, last);
        }
      }
    }
    place();
  }

  private void enter(Buffer b, Instruction by, int at, Map<Buffer, Integer> last) {
    unshared += b.bytes();
    int until = last.getOrDefault(b, at);
    Buffer over = over(b, by, at, last);
    Place place = over == null ? null : places.get(over);
    if (place == null) {
      place = new Place(b, at, until);
      distinct.add(place);
    } else {
      place.last = until;
    }
    places.put(b, place);
  }

  /** The operand that a result is written over, or null. */
  private @Nullable Buffer over(Buffer b, Instruction by, int at, Map<Buffer, Integer> last) {
    Ref result = by.result();
    if (!(by.work() instanceof KernelWork.Map) || result.buffer() != b || !result.isWhole()) {
      return null;
    }
    for (int t = 0; t < by.refs().length - 1; t++) {
      Buffer o = by.refs()[t].buffer();
      Place place = places.get(o);
      boolean ends =
          place != null
              && o.dtype == b.dtype
              && o.size == b.size
              && place.last == at
              && last.getOrDefault(o, at) == at;
      if (ends && isReadInPlace(by, o)) {
        return o;
      }
    }
    return null;
  }

  /** Whether every read of a buffer is at the element that is written. */
  private static boolean isReadInPlace(Instruction by, Buffer b) {
    for (int t = 0; t < by.refs().length - 1; t++) {
      Ref r = by.refs()[t];
      if (r.buffer() == b && !(r.isWhole() && r.shape().equals(by.result().shape()))) {
        return false;
      }
    }
    return true;
  }

  private void place() {
    List<Place> bySize = new ArrayList<>(distinct);
    bySize.sort(Comparator.comparingLong(Place::bytes).reversed());
    List<Place> placed = new ArrayList<>();
    for (Place p : bySize) {
      List<Place> inTheWay = new ArrayList<>();
      for (Place other : placed) {
        if (p.isUsedWith(other)) {
          inTheWay.add(other);
        }
      }
      inTheWay.sort(Comparator.comparingInt(o -> o.offset));
      long at = 0;
      for (Place other : inTheWay) {
        if (at + p.size <= other.offset) {
          break;
        }
        at = Math.max(at, other.end());
      }
      if (at + p.size > Integer.MAX_VALUE - ALIGNMENT) {
        throw new CaptureException(
            "memory",
            "more than 2^31 elements of " + p.dtype,
            "a block holds no more, and these results are needed at the same time; record a smaller"
                + " batch, or compute the step as usual");
      }
      p.offset = (int) at;
      placed.add(p);
      int type = p.dtype.ordinal();
      sizes[type] = Math.max(sizes[type], p.end());
    }
  }

  /** The number of elements of the block of a type. */
  int size(DType dtype) {
    return sizes[dtype.ordinal()];
  }

  /** Where a buffer begins in the block of its type. */
  int offset(Buffer b) {
    Place place = places.get(b);
    return place == null ? 0 : place.offset;
  }

  /** When the place of a buffer is used, first and last instruction; for the picture. */
  List<Place> places() {
    return distinct;
  }

  Place place(Buffer b) {
    Place place = places.get(b);
    if (place == null) {
      throw new IllegalStateException("capture: " + b + " has no place");
    }
    return place;
  }

  /** The bytes of all blocks. */
  long bytes() {
    long bytes = 0;
    for (DType d : DType.values()) {
      bytes += (long) size(d) * d.bytes();
    }
    return bytes;
  }

  /** The bytes that the results would take if each had its own place. */
  long unsharedBytes() {
    return unshared;
  }
}
