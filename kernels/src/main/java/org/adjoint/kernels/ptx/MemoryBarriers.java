package org.adjoint.kernels.ptx;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The mbarriers of a block: objects of 8 bytes in shared memory that count arrivals and bytes. A
 * phase is complete when all arrivals and all expected bytes have come; then the next begins.
 *
 * <p>The simulator delays what the hardware may delay: bulk copies arrive when nothing else can go
 * on, so that whoever reads without waiting is found.
 */
final class MemoryBarriers {
  /** The most arrivals, and the most bytes expected, of a phase. */
  static final int MOST = (1 << 20) - 1;

  /** What stands in the bytes of an mbarrier, with its place: nobody else may write there. */
  private static final long MARK = 0x6D62_6172_0000_0000L;

  /** A bulk copy to shared memory in flight. */
  record Flight(Region target, int offset, byte[] bytes, int thread, int clock) {}

  /** One mbarrier. */
  static final class Barrier {
    final int offset;
    private final int count;
    private int missing;
    private int bytes;
    private long phase;
    private final int[] arriving = new int[Instruction.LANES];
    private final int[] complete = new int[Instruction.LANES];
    private final Deque<Flight> flights = new ArrayDeque<>();
    private int waiting;

    Barrier(int offset, int count) {
      this.offset = offset;
      this.count = count;
      this.missing = count;
    }

    /** Returns the number of the phase that is not yet complete. */
    long phase() {
      return phase;
    }

    void add(Flight flight) {
      flights.add(flight);
    }

    /** Returns what the phase lacks, for messages. */
    private String lacks() {
      if (missing > 0) {
        return missing + " of " + count + " arrivals";
      }
      return bytes > 0
          ? bytes + " bytes more than were copied"
          : "nothing, but " + -bytes + " bytes more were copied than were expected";
    }
  }

  private final Block block;
  private final Map<Integer, Barrier> barriers = new TreeMap<>();

  MemoryBarriers(Block block) {
    this.block = block;
  }

  void clear() {
    barriers.clear();
  }

  private static long mark(int offset) {
    return MARK + offset;
  }

  void begin(Warp w, Instruction i, int lane, int count) {
    int offset = w.offsets[lane];
    if (count < 1 || count > MOST) {
      throw w.fault(
          Kind.ASYNC, i, lane, offset, "an mbarrier of " + count + " arrivals", "1 to " + MOST);
    }
    for (int near = offset - 7; near < offset + 8; near++) {
      if (barriers.containsKey(near)) {
        throw w.fault(
            Kind.ASYNC,
            i,
            lane,
            offset,
            "there is an mbarrier already at " + Warp.where(block.shared(), offset),
            "one thread initialises it, once; mbarrier.inval ends it");
      }
    }
    barriers.put(offset, new Barrier(offset, count));
    Region.LONGS.set(block.shared().bytes, offset, mark(offset));
    // No thread reads or adds to these bytes by ordinary instructions.
    block.shared().markWritten(offset, 8, false);
  }

  Barrier at(Warp w, Instruction i, int lane) {
    int offset = w.offsets[lane];
    Barrier barrier = barriers.get(offset);
    if (barrier == null) {
      throw w.fault(
          Kind.ASYNC,
          i,
          lane,
          offset,
          "there is no mbarrier at " + Warp.where(block.shared(), offset),
          "mbarrier.init it first, then bar.sync; check the address");
    }
    if ((long) Region.LONGS.get(block.shared().bytes, offset) != mark(offset)) {
      throw w.fault(
          Kind.ASYNC,
          i,
          lane,
          offset,
          "the mbarrier at " + Warp.where(block.shared(), offset) + " was overwritten",
          "keep its 8 bytes out of every tile");
    }
    return barrier;
  }

  void end(Warp w, Instruction i, int lane) {
    Barrier barrier = at(w, i, lane);
    if (barrier.waiting != 0 || !barrier.flights.isEmpty()) {
      throw w.fault(
          Kind.ASYNC,
          i,
          lane,
          barrier.offset,
          "the mbarrier at " + Warp.where(block.shared(), barrier.offset) + " is still in use",
          "invalidate it once all have waited for its last phase");
    }
    barriers.remove(barrier.offset);
  }

  /** Expects so many bytes more in this phase. */
  void expect(Warp w, Instruction i, int lane, Barrier barrier, int bytes) {
    if (bytes < 0 || bytes > MOST || barrier.bytes + bytes > MOST) {
      throw w.fault(Kind.ASYNC, i, lane, barrier.offset, bytes + " bytes expected", "0 to " + MOST);
    }
    barrier.bytes += bytes;
  }

  /** Lets a thread arrive; returns the phase that it arrived in. */
  long arrive(Warp w, Instruction i, int lane, Barrier barrier, int times) {
    if (barrier.missing < times) {
      // What is missing may be on its way.
      deliver(barrier);
    }
    if (times < 1 || barrier.missing < times) {
      throw w.fault(
          Kind.ASYNC,
          i,
          lane,
          barrier.offset,
          times + " arrivals at an mbarrier that lacks " + barrier.lacks(),
          "as many arrivals a phase as mbarrier.init said; wait for the phase before the next");
    }
    long phase = barrier.phase;
    barrier.missing -= times;
    w.joinInto(barrier.arriving);
    advance(barrier);
    return phase;
  }

  private void advance(Barrier barrier) {
    if (barrier.missing != 0 || barrier.bytes != 0) {
      return;
    }
    barrier.phase++;
    barrier.missing = barrier.count;
    for (int i = 0; i < Instruction.LANES; i++) {
      barrier.complete[i] = Math.max(barrier.complete[i], barrier.arriving[i]);
      barrier.arriving[i] = 0;
    }
    for (int rest = barrier.waiting; rest != 0; rest &= rest - 1) {
      block.warp(Integer.numberOfTrailingZeros(rest)).release();
    }
    barrier.waiting = 0;
  }

  /** What waiting for a phase that is complete lets a warp know. */
  void join(Warp w, Barrier barrier) {
    w.joinFrom(barrier.complete);
  }

  void await(Warp w, Barrier barrier) {
    barrier.waiting |= 1 << w.index();
  }

  /** Lets all bulk copies of a barrier arrive. */
  boolean deliver(Barrier barrier) {
    boolean some = !barrier.flights.isEmpty();
    while (!barrier.flights.isEmpty()) {
      Flight flight = barrier.flights.remove();
      Region target = flight.target;
      int length = flight.bytes.length;
      System.arraycopy(flight.bytes, 0, target.bytes, flight.offset, length);
      target.setWritten(flight.offset, length);
      int warp = flight.thread / Instruction.LANES;
      if (MemoryAccess.raced(block.warp(warp), target)) {
        target
            .races()
            .complete(block.warp(warp), flight.thread, flight.clock, flight.offset, length);
      }
      barrier.arriving[warp] = Math.max(barrier.arriving[warp], flight.clock);
      barrier.bytes -= length;
      advance(barrier);
    }
    return some;
  }

  /** Lets copies arrive that somebody waits for; returns whether there were some. */
  boolean deliver() {
    boolean some = false;
    for (Barrier barrier : barriers.values()) {
      some |= barrier.waiting != 0 && deliver(barrier);
    }
    return some;
  }

  /** Returns why a warp waits for ever, or null if it waits for no mbarrier. */
  @Nullable PtxFault stuck(Warp w) {
    for (Barrier barrier : barriers.values()) {
      if ((barrier.waiting >>> w.index() & 1) != 0) {
        boolean counts = barrier.missing == 0;
        return w.fault(
            counts ? Kind.ASYNC : Kind.DEADLOCK,
            w.place(),
            -1,
            barrier.offset,
            "warp "
                + w.index()
                + " waits for phase "
                + barrier.phase
                + " of the mbarrier at "
                + Warp.where(block.shared(), barrier.offset)
                + ", which lacks "
                + barrier.lacks(),
            counts
                ? "expect_tx what the copies of the phase bring, no more and no less"
                : "check who arrives, the count of mbarrier.init and the parity waited for");
      }
    }
    return null;
  }

  /** Tests at the end of a block that no copy is under way to memory that it no longer has. */
  void finish() {
    for (Barrier barrier : barriers.values()) {
      if (!barrier.flights.isEmpty()) {
        Flight flight = barrier.flights.remove();
        Warp w = block.warp(flight.thread / Instruction.LANES);
        throw w.fault(
            Kind.ASYNC,
            w.place(),
            flight.thread % Instruction.LANES,
            flight.offset,
            "the block ends while this thread's bulk copy is under way to "
                + Warp.where(block.shared(), flight.offset),
            "wait for the last phase of its mbarrier");
      }
    }
  }
}
