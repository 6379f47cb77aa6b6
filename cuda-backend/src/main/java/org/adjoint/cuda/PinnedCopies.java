package org.adjoint.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.adjoint.tensor.DeviceException;

/**
 * Pinned memory of a simulated GPU, and the copies from and to it that the host has not waited for.
 * What it changes before a copy from there is done is a mistake that is reported; what it reads
 * before a copy to there is done is not what it will be. Not thread-safe.
 */
final class PinnedCopies {
  /** Stands where numbers have not yet arrived. */
  private static final byte MISSING = (byte) 0xA5;

  /** A copy to the GPU: where from, and what was there. */
  private record In(MemorySegment from, long sum, int queue, long number) {}

  /** A copy from the GPU: where to, and what will be there. */
  private record Out(MemorySegment to, MemorySegment numbers, int queue, long number) {}

  private final List<MemorySegment> pinned = new ArrayList<>();
  private final List<In> in = new ArrayList<>();
  private final List<Out> out = new ArrayList<>();

  /** Returns new memory, which lasts as long as this. */
  MemorySegment allocate(long bytes) {
    MemorySegment memory = Arena.ofAuto().allocate(bytes, Long.BYTES);
    pinned.add(memory);
    return memory;
  }

  /** Notes a copy to the GPU, before it is made. */
  void copyIn(MemorySegment from, int queue, long[] clock) {
    requirePinned(from);
    deliver(clock);
    for (Out o : out) {
      if (from.asOverlappingSlice(o.to).isPresent()) {
        throw wrong("read by a copy before another has brought its numbers there");
      }
    }
    for (In i : in) {
      if (i.from.asOverlappingSlice(from).isPresent()) {
        verify(i);
      }
    }
    in.add(new In(from, sum(from), queue, clock[queue]));
  }

  /** Notes a copy from the GPU; returns where its numbers go meanwhile. */
  MemorySegment copyOut(MemorySegment to, int queue, long[] clock) {
    requirePinned(to);
    deliver(clock);
    for (In i : List.copyOf(in)) {
      if (i.from.asOverlappingSlice(to).isPresent()) {
        if (!Ordering.holds(clock, i.queue, i.number)) {
          throw wrong("written by a copy before another has read it");
        }
        verify(i);
        in.remove(i);
      }
    }
    MemorySegment numbers = MemorySegment.ofArray(new byte[Math.toIntExact(to.byteSize())]);
    to.fill(MISSING);
    out.add(new Out(to, numbers, queue, clock[queue]));
    return numbers;
  }

  /** Ends the copies that the host has waited for. */
  void arrived(long[] host) {
    deliver(host);
    List<In> done = in.stream().filter(i -> Ordering.holds(host, i.queue, i.number)).toList();
    in.removeAll(done);
    done.forEach(PinnedCopies::verify);
  }

  private void deliver(long[] clock) {
    out.removeIf(
        o -> {
          boolean done = Ordering.holds(clock, o.queue, o.number);
          if (done) {
            o.to.copyFrom(o.numbers);
          }
          return done;
        });
  }

  private void requirePinned(MemorySegment memory) {
    for (MemorySegment p : pinned) {
      long at = memory.address() - p.address();
      if (at >= 0 && at + memory.byteSize() <= p.byteSize()) {
        return;
      }
    }
    throw wrong("not pinned, so that a copy would have to wait");
  }

  private static void verify(In copy) {
    if (sum(copy.from) != copy.sum) {
      throw wrong("changed before the copy from there was done");
    }
  }

  private static long sum(MemorySegment memory) {
    CRC32 sum = new CRC32();
    sum.update(memory.toArray(ValueLayout.JAVA_BYTE));
    return sum.getValue();
  }

  private static DeviceException wrong(String what) {
    return new DeviceException(
        "sim", "host memory", what, "copy by pinned memory, and wait for an event behind the copy");
  }
}
