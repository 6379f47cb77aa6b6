package org.adjoint.kernels.ptx;

import java.util.Arrays;
import org.adjoint.kernels.ptx.PtxFault.Kind;

/** A running block: its warps, shared memory and barriers. Warps take turns. */
final class Block {
  /** The instructions that a warp runs before the next has its turn. */
  private static final int TURN = 1 << 16;

  static final int BARRIERS = 16;

  private final Launch launch;
  private final Warp[] warps;
  private final Barrier[] barriers = new Barrier[BARRIERS];
  private final MemoryBarriers memoryBarriers = new MemoryBarriers(this);
  private Region shared;
  private Dim3 index = new Dim3(0, 0, 0);
  private long serial;

  Block(Launch launch) {
    this.launch = launch;
    this.warps = new Warp[launch.warps()];
    Arrays.setAll(barriers, i -> new Barrier());
    this.shared = newShared();
    Arrays.setAll(warps, i -> new Warp(this, i));
  }

  private Region newShared() {
    return new Region("shared", 0, launch.sharedBytes(), false, launch.checks().initialised());
  }

  Launch launch() {
    return launch;
  }

  Dim3 index() {
    return index;
  }

  Region shared() {
    return shared;
  }

  MemoryBarriers memoryBarriers() {
    return memoryBarriers;
  }

  Warp warp(int number) {
    return warps[number];
  }

  /** Returns the number of this block among all blocks of the simulator's launches. */
  long serial() {
    return serial;
  }

  /** Returns the instructions that the warps of the last block have run. */
  long executed() {
    long sum = 0;
    for (Warp warp : warps) {
      sum += warp.executed();
    }
    return sum;
  }

  /** Runs a block to its end; the arrays of the block before are used again. */
  void run(int number) {
    serial = launch.firstSerial() + number;
    index = launch.block(serial);
    shared.markWritten(0, shared.size, false);
    for (Barrier barrier : barriers) {
      barrier.reset();
    }
    memoryBarriers.clear();
    for (Warp warp : warps) {
      warp.start();
    }
    while (true) {
      boolean moved = false;
      boolean done = true;
      for (Warp warp : warps) {
        if (warp.ready()) {
          warp.run(TURN);
          moved = true;
        }
        done &= warp.done();
      }
      if (done) {
        finish();
        return;
      }
      if (!moved && !memoryBarriers.deliver()) {
        throw stuck();
      }
    }
  }

  private void finish() {
    memoryBarriers.finish();
    for (Warp warp : warps) {
      warp.bulk.finish(warp);
    }
  }

  private PtxFault stuck() {
    for (Warp warp : warps) {
      PtxFault fault = memoryBarriers.stuck(warp);
      if (fault != null) {
        return fault;
      }
    }
    StringBuilder ended = new StringBuilder();
    Warp waiting = warps[0];
    for (Warp warp : warps) {
      if (warp.done()) {
        ended.append(ended.isEmpty() ? "" : ", ").append(warp.index());
      } else if (waiting.done()) {
        waiting = warp;
      }
    }
    if (ended.isEmpty()) {
      return waiting.fault(
          Kind.DEADLOCK,
          waiting.place(),
          -1,
          0,
          "all warps wait, warp " + waiting.index() + " here",
          "all warps must meet at the same barriers in the same order");
    }
    return waiting.fault(
        Kind.DIVERGENT_BARRIER,
        waiting.place(),
        -1,
        0,
        "warp " + waiting.index() + " waits here, but warps " + ended + " have ended",
        "let all threads of the block reach the barrier; guard the work, not the barrier");
  }

  /**
   * Lets a warp arrive at a barrier, and wait there.
   *
   * @param w the warp
   * @param number the barrier
   * @param threads how many threads meet
   * @param waits whether the warp waits
   * @param i the instruction
   */
  void arrive(Warp w, int number, int threads, boolean waits, Instruction i) {
    if (number < 0 || number >= BARRIERS) {
      throw w.fault(Kind.DIVERGENT_BARRIER, i, -1, 0, "barrier " + number, "there are 0 to 15");
    }
    if (threads <= 0 || threads % Instruction.LANES != 0) {
      throw w.fault(
          Kind.DIVERGENT_BARRIER,
          i,
          -1,
          0,
          "a barrier for " + threads + " threads",
          "expected a multiple of 32");
    }
    Barrier barrier = barriers[number];
    int expected = threads / Instruction.LANES;
    if (barrier.arrived != 0 && barrier.expected != expected) {
      throw w.fault(
          Kind.DIVERGENT_BARRIER,
          i,
          -1,
          0,
          "barrier " + number + " for " + threads + " threads",
          "another warp waits at it for " + barrier.expected * Instruction.LANES);
    }
    barrier.expected = expected;
    barrier.arrived++;
    w.joinInto(barrier.clocks);
    if (waits) {
      barrier.waiting |= 1 << w.index();
      w.waitAt(i);
    } else {
      w.tick();
    }
    if (barrier.arrived == expected) {
      for (int rest = barrier.waiting; rest != 0; rest &= rest - 1) {
        Warp other = warps[Integer.numberOfTrailingZeros(rest)];
        other.joinFrom(barrier.clocks);
        other.release();
      }
      barrier.reset();
    }
  }

  /** A barrier of a block. */
  private static final class Barrier {
    private int expected;
    private int arrived;
    private int waiting;
    private final int[] clocks = new int[Instruction.LANES];

    void reset() {
      expected = 0;
      arrived = 0;
      waiting = 0;
      Arrays.fill(clocks, 0);
    }
  }
}
