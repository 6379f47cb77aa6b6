package org.adjoint.kernels.ptx;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.adjoint.tensor.AdjointException;
import org.jspecify.annotations.Nullable;

/**
 * Global memory: allocations far apart in a 47-bit address space, so that an address beyond one
 * never meets another, and no address is used twice until the space is exhausted. Look-ups read a
 * sorted array that is replaced at every change, and need no lock.
 */
final class DeviceMemory {
  /** Where allocations start. */
  static final long BASE = 0x0000_1000_0000_0000L;

  private static final long END = 0x0000_7000_0000_0000L;

  /** At least so much room follows each allocation. */
  private static final long GUARD = 1L << 28;

  private static final int REMEMBERED = 4096;

  /** Where a freed allocation was. */
  private record Freed(long base, int size) {}

  private final boolean tracked;
  private final long capacity;
  private volatile Region[] regions = {};
  private final Deque<Freed> freed = new ArrayDeque<>();
  private long next = BASE;
  private long live;

  DeviceMemory(long capacity, boolean tracked) {
    this.capacity = capacity;
    this.tracked = tracked;
  }

  synchronized Region allocate(long bytes, boolean readOnly) {
    if (bytes <= 0 || bytes > Integer.MAX_VALUE - 16) {
      throw new AdjointException(
          "simulator.allocate", "bytes", bytes, "expected from 1 byte to 2 GiB");
    }
    if (bytes > capacity - live) {
      throw new AdjointException(
          "simulator.allocate",
          "bytes",
          bytes,
          "the device has " + capacity + " bytes and " + live + " are in use; free some");
    }
    long step = (bytes + 2 * GUARD - 1) / GUARD * GUARD;
    if (next + step > END) {
      next = BASE;
    }
    Region[] old = regions;
    int place;
    // After a wrap, the first gap that is wide enough.
    for (place = after(old, next); place < old.length; place++) {
      if (next + step <= old[place].base) {
        break;
      }
      next = old[place].base + (old[place].size + 2 * GUARD - 1) / GUARD * GUARD;
    }
    Region region = new Region("global", next, (int) bytes, readOnly, tracked);
    Region[] changed = Arrays.copyOf(old, old.length + 1);
    System.arraycopy(old, place, changed, place + 1, old.length - place);
    changed[place] = region;
    regions = changed;
    next += step;
    live += bytes;
    return region;
  }

  private static int after(Region[] sorted, long address) {
    int place = 0;
    while (place < sorted.length && sorted[place].base < address) {
      place++;
    }
    return place;
  }

  synchronized void free(long address) {
    Region region = find(address);
    if (region == null || region.base != address) {
      throw new AdjointException(
          "simulator.free",
          "address",
          "0x" + Long.toHexString(address),
          freedAt(address)
              ? "this allocation was freed before"
              : "expected an address that allocate returned");
    }
    Region[] old = regions;
    Region[] changed = new Region[old.length - 1];
    int count = 0;
    for (Region r : old) {
      if (r != region) {
        changed[count++] = r;
      }
    }
    regions = changed;
    live -= region.size;
    freed.addLast(new Freed(region.base, region.size));
    if (freed.size() > REMEMBERED) {
      freed.removeFirst();
    }
  }

  /** Returns the allocation that holds an address, or null. */
  @Nullable Region find(long address) {
    Region[] sorted = regions;
    int low = 0;
    int high = sorted.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Region region = sorted[middle];
      if (address < region.base) {
        high = middle - 1;
      } else if (address >= region.base + region.size) {
        low = middle + 1;
      } else {
        return region;
      }
    }
    return null;
  }

  /** Returns the allocation just below an address, for messages, or null. */
  @Nullable Region below(long address) {
    Region best = null;
    for (Region region : regions) {
      if (region.base <= address) {
        best = region;
      }
    }
    return best;
  }

  /** Returns whether an address lies in an allocation that was freed not long ago. */
  synchronized boolean freedAt(long address) {
    for (Freed range : freed) {
      if (address >= range.base && address < range.base + range.size) {
        return true;
      }
    }
    return false;
  }

  synchronized long live() {
    return live;
  }

  int count() {
    return regions.length;
  }

  void forgetRaces() {
    for (Region region : regions) {
      region.forgetRaces();
    }
  }
}
