package org.adjoint.kernels.ptx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The asynchronous copies of a warp that are in flight. The simulator delays what the hardware may
 * delay: the bytes arrive when the warp waits for their group, not before, so that a missing wait
 * shows.
 */
final class CopyQueue {
  /** A copy of some bytes to a place in shared memory. */
  record Copy(Region target, int offset, byte[] bytes, int thread) {}

  private final Deque<List<Copy>> groups = new ArrayDeque<>();
  private List<Copy> open = new ArrayList<>();

  void clear() {
    groups.clear();
    open.clear();
  }

  void add(Copy copy) {
    open.add(copy);
  }

  void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /** Completes all groups but the latest few. */
  void waitFor(Warp w, int pending) {
    while (groups.size() > pending) {
      for (Copy copy : groups.removeFirst()) {
        complete(w, copy);
      }
    }
  }

  static void complete(Warp w, Copy copy) {
    Region target = copy.target;
    System.arraycopy(copy.bytes, 0, target.bytes, copy.offset, copy.bytes.length);
    target.setWritten(copy.offset, copy.bytes.length);
    if (MemoryAccess.raced(w, target)) {
      target.races().complete(w, copy.thread, w.clock(), copy.offset, copy.bytes.length);
    }
  }
}
