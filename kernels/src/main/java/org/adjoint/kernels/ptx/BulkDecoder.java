package org.adjoint.kernels.ptx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryAccess.Space;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;

/**
 * Decodes the bulk copies of Hopper, in one dimension:
 *
 * <pre>
 *   cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [to], [from], size, [mbarrier];
 *   cp.async.bulk.global.shared::cta.bulk_group [to], [from], size;
 *   cp.async.bulk.commit_group;    cp.async.bulk.wait_group n;    cp.async.bulk.wait_group.read n;
 * </pre>
 *
 * <p>Addresses and size are multiples of 16. The first reads at once and arrives late, the second
 * reads and writes when its thread waits for its group.
 */
final class BulkDecoder {
  private static final int UNIT = 16;

  private BulkDecoder() {}

  static void decode(Operands d, Code i) {
    List<Operand> o = i.operands();
    if (i.has("commit_group")) {
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              w.bulk.commit();
            }
          });
    } else if (i.has("wait_group")) {
      if (!(o.size() == 1 && o.getFirst() instanceof Immediate(PtxSyntax.Form form, long n))) {
        throw i.refuse("the number of groups", i.text(), "expected a constant");
      }
      int pending = (int) n;
      boolean readOnly = i.has("read");
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              w.bulk.waitFor(w, pending, readOnly);
            }
          });
    } else if (i.has("mbarrier::complete_tx::bytes") && o.size() == 4) {
      int size = d.in(o.get(2), PtxType.U32);
      In copy =
          new In(
              new End(d.place(o.get(0), Space.SHARED), true),
              new End(d.place(o.get(1), Space.GLOBAL), false),
              new Counter(d.place(o.get(3), Space.SHARED)),
              size);
      d.emit(copy);
      copy.to.placeAs(copy);
      copy.from.placeAs(copy);
      copy.counter.placeAs(copy);
    } else if (i.has("bulk_group") && o.size() == 3) {
      int size = d.in(o.get(2), PtxType.U32);
      Out copy =
          new Out(
              new End(d.place(o.get(0), Space.GLOBAL), true),
              new End(d.place(o.get(1), Space.SHARED), false),
              size);
      d.emit(copy);
      copy.to.placeAs(copy);
      copy.from.placeAs(copy);
    } else {
      throw i.refuse("the instruction", i.text(), "this simulator does not know this form");
    }
  }

  /** One end of a copy: notes where it is. */
  private static final class End extends MemoryAccess {
    End(Place place, boolean write) {
      super(place, UNIT, write);
    }

    @Override
    void access(Warp w, int mask, Region region) {
      w.met = region;
    }

    /** Returns the region of a lane's end, all of which lies in it; the place is in the offsets. */
    Region find(Warp w, int lane, int size) {
      run(w, 1 << lane);
      Region region = Objects.requireNonNull(w.met);
      if (size > region.size - w.offsets[lane]) {
        throw w.fault(
            Kind.OUT_OF_BOUNDS,
            this,
            lane,
            region.base + w.offsets[lane],
            size + " bytes at " + Warp.where(region, region.base + w.offsets[lane]),
            "check the address and the size of '" + text + "'");
      }
      return region;
    }
  }

  /** The mbarrier that counts the bytes. */
  private static final class Counter extends MemoryAccess {
    Counter(Place place) {
      super(place, 8, false);
    }

    @Override
    void access(Warp w, int mask, Region region) {
      if (raced(w, region)) {
        region.races().read(w, mask, width(), false, this, region);
      }
    }
  }

  private static int size(Warp w, Instruction i, int lane, int slot) {
    int size = w.ints[slot][lane];
    if (size <= 0 || size % UNIT != 0) {
      throw w.fault(
          Kind.MISALIGNED,
          i,
          lane,
          0,
          "a bulk copy of " + size + " bytes",
          "the size is a multiple of 16, above 0");
    }
    return size;
  }

  private static void source(Warp w, Instruction i, int lane, Region region, int size) {
    if (MemoryAccess.raced(w, region)) {
      region.races().read(w, 1 << lane, size, false, i, region);
    }
    if (!region.isWritten(w.offsets[lane], size)) {
      throw w.fault(
          Kind.UNINITIALISED_MEMORY,
          i,
          lane,
          region.base + w.offsets[lane],
          "copies "
              + size
              + " bytes at "
              + Warp.where(region, region.base + w.offsets[lane])
              + ", some of which nobody has written",
          "write them first (and wait for the writer at a barrier)");
    }
  }

  private static void target(Warp w, Instruction i, int lane, Region region, int size) {
    if (MemoryAccess.raced(w, region)) {
      region.races().write(w, 1 << lane, size, false, Races.PENDING, i, region);
    }
    // Unwritten until it arrives, whatever stood there before.
    region.markWritten(w.offsets[lane], size, false);
  }

  private static final class In extends Instruction {
    private final End to;
    private final End from;
    private final Counter counter;
    private final int size;

    In(End to, End from, Counter counter, int size) {
      this.to = to;
      this.from = from;
      this.counter = counter;
      this.size = size;
    }

    @Override
    void run(Warp w, int mask) {
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int length = size(w, this, lane, size);
        Region region = from.find(w, lane, length);
        source(w, this, lane, region, length);
        byte[] bytes = new byte[length];
        System.arraycopy(region.bytes, w.offsets[lane], bytes, 0, length);
        counter.run(w, 1 << lane);
        MemoryBarriers.Barrier barrier = w.block().memoryBarriers().at(w, this, lane);
        Region shared = to.find(w, lane, length);
        target(w, this, lane, shared, length);
        int thread = w.index() * LANES + lane;
        barrier.add(new MemoryBarriers.Flight(shared, w.offsets[lane], bytes, thread, w.clock()));
        // What the thread does from now on is not part of what arrives.
        w.tick();
      }
    }
  }

  private static final class Out extends Instruction {
    private final End to;
    private final End from;
    private final int size;

    Out(End to, End from, int size) {
      this.to = to;
      this.from = from;
      this.size = size;
    }

    @Override
    void run(Warp w, int mask) {
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int thread = w.index() * LANES + lane;
        int length = size(w, this, lane, size);
        Region shared = from.find(w, lane, length);
        int at = w.offsets[lane];
        source(w, this, lane, shared, length);
        if (MemoryAccess.raced(w, shared)) {
          shared.races().reading(w, thread, Races.PENDING, at, length);
        }
        Region global = to.find(w, lane, length);
        to.checkReadOnly(w, 1 << lane, global);
        target(w, this, lane, global, length);
        w.bulk.open.add(
            new Departure(this, shared, at, global, w.offsets[lane], new byte[length], thread));
      }
    }
  }

  /** A copy to global memory in flight. */
  private record Departure(
      Out copy, Region shared, int from, Region global, int to, byte[] bytes, int thread) {}

  /** The copies of a warp's threads to global memory. */
  static final class Queue {
    private final Deque<List<Departure>> groups = new ArrayDeque<>();

    /** Those whose bytes were read, but that nobody has waited for. */
    private final List<Departure> read = new ArrayList<>();

    private List<Departure> open = new ArrayList<>();

    void clear() {
      groups.clear();
      read.clear();
      open.clear();
    }

    void commit() {
      groups.addLast(open);
      open = new ArrayList<>();
    }

    void waitFor(Warp w, int pending, boolean readOnly) {
      while (groups.size() > pending) {
        for (Departure d : groups.removeFirst()) {
          System.arraycopy(d.shared.bytes, d.from, d.bytes, 0, d.bytes.length);
          if (MemoryAccess.raced(w, d.shared)) {
            d.shared.races().reading(w, d.thread, w.clock(), d.from, d.bytes.length);
          }
          read.add(d);
        }
      }
      if (!readOnly) {
        arrive(w);
      }
    }

    private void arrive(Warp w) {
      for (Departure d : read) {
        System.arraycopy(d.bytes, 0, d.global.bytes, d.to, d.bytes.length);
        d.global.setWritten(d.to, d.bytes.length);
        if (MemoryAccess.raced(w, d.global)) {
          d.global.races().complete(w, d.thread, w.clock(), d.to, d.bytes.length);
        }
      }
      read.clear();
    }

    /**
     * Ends what the warp has in flight; what still reads shared memory must have been waited for.
     */
    void finish(Warp w) {
      commit();
      for (List<Departure> group : groups) {
        for (Departure d : group) {
          throw w.fault(
              Kind.ASYNC,
              d.copy,
              d.thread % Instruction.LANES,
              d.from,
              "the block ends while '" + d.copy.text + "' reads its shared memory",
              "cp.async.bulk.commit_group, then cp.async.bulk.wait_group.read 0");
        }
      }
      arrive(w);
    }
  }
}
