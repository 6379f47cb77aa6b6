package org.adjoint.kernels.ptx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.adjoint.kernels.ptx.PtxFault.Kind;

/**
 * The shadow of a region that finds data races: for each word of 4 bytes the stamp of its last
 * writer and of two readers. Two accesses of one word by two threads, one of them a write and not
 * both atomic, are a race unless a barrier lies between them.
 *
 * <p>What lies between is known by vector clocks of warps (Flanagan and Freund, "FastTrack", 2009):
 * each warp counts its own barriers and holds, for every other warp of its block, the count up to
 * which that warp's accesses are known to be done; a barrier joins the clocks of those who meet
 * there. Two readers suffice: if a write races with any reader, it races with one of two different
 * ones.
 */
final class Races {
  /** The clock of an asynchronous copy in flight: nothing comes after it. */
  static final long PENDING = (1 << 24) - 1;

  private static final VarHandle STAMPS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] writes;
  private final long[] reads;
  private final long[] others;

  /** Whether blocks share the region; the shared memory of an earlier block has no history. */
  private final boolean global;

  Races(int bytes, boolean global) {
    this.global = global;
    int words = (bytes + 3) / 4;
    writes = new long[words];
    reads = new long[words];
    others = new long[words];
  }

  // serial(24) clock(24) thread(10) bytes(4) atomic(1)
  private static long stamp(long serial, long clock, int thread, int bytes, boolean atomic) {
    return serial << 39 | clock << 15 | (long) thread << 5 | (long) bytes << 1 | (atomic ? 1 : 0);
  }

  private static int thread(long stamp) {
    return (int) (stamp >>> 5) & 1023;
  }

  private static long clock(long stamp) {
    return stamp >>> 15 & 0xFFFFFF;
  }

  /** Returns whether an earlier access may overlap with one of this warp now. */
  private boolean unordered(long stamp, Warp w, int thread, int bytes, boolean atomic) {
    if (stamp == 0 || (bytes << 1 & (int) stamp & 30) == 0 || (atomic && (stamp & 1) != 0)) {
      return false;
    }
    Block block = w.block();
    long serial = stamp >>> 39;
    if (serial != block.serial()) {
      return global && serial >= block.launch().firstSerial();
    }
    int other = thread(stamp);
    long clock = clock(stamp);
    if (clock == PENDING) {
      return true;
    }
    if (other == thread) {
      return false;
    }
    int warp = other >>> 5;
    return warp == w.index() ? clock >= w.clock() : clock > w.known(warp);
  }

  /**
   * Notes the reads of a warp and tests them against earlier writes.
   *
   * @param w the warp; its offsets say where each lane reads
   * @param mask the lanes
   * @param bytes the bytes that each lane reads
   * @param strong whether the access is atomic or volatile
   * @param i the instruction
   * @param region the region
   */
  void read(Warp w, int mask, int bytes, boolean strong, Instruction i, Region region) {
    int[] offsets = w.offsets;
    long serial = w.block().serial();
    long clock = w.clock();
    boolean shared = w.block().launch().parallel();
    for (int pass = shared ? 0 : 1; pass < 2; pass++) {
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int thread = w.index() * Instruction.LANES + lane;
        int end = offsets[lane] + bytes;
        for (int at = offsets[lane]; at < end; at = (at | 3) + 1) {
          int part = part(at, end);
          int word = at >> 2;
          if (pass == 0 || !shared) {
            note(word, stamp(serial, clock, thread, part, strong), w, thread);
          }
          if (pass == 1 && unordered(writes[word], w, thread, part, strong)) {
            throw race(w, i, lane, region, at, "reads what", writes[word], "has written");
          }
        }
      }
      if (pass == 0) {
        // With blocks on two cores: whoever writes now sees our stamp, or we see his.
        VarHandle.fullFence();
      }
    }
  }

  private void note(int word, long stamp, Warp w, int thread) {
    long first = reads[word];
    if (thread(first) == thread && first >>> 39 == stamp >>> 39
        || !unordered(first, w, thread, 15, false)) {
      reads[word] = stamp;
    } else {
      others[word] = stamp;
    }
  }

  /**
   * Notes the writes of a warp and tests them against earlier writes and reads.
   *
   * @param w the warp; its offsets say where each lane writes
   * @param mask the lanes
   * @param bytes the bytes that each lane writes
   * @param strong whether the access is atomic or volatile
   * @param clock the warp's clock, or {@link #PENDING}
   * @param i the instruction
   * @param region the region
   */
  void write(
      Warp w, int mask, int bytes, boolean strong, long clock, Instruction i, Region region) {
    int[] offsets = w.offsets;
    long serial = w.block().serial();
    boolean shared = w.block().launch().parallel();
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      int thread = w.index() * Instruction.LANES + lane;
      int end = offsets[lane] + bytes;
      for (int at = offsets[lane]; at < end; at = (at | 3) + 1) {
        int part = part(at, end);
        int word = at >> 2;
        long stamp = stamp(serial, clock, thread, part, strong);
        long before;
        if (shared) {
          before = (long) STAMPS.getAndSet(writes, word, stamp);
        } else {
          before = writes[word];
          writes[word] = stamp;
        }
        if (unordered(before, w, thread, part, strong)) {
          throw race(w, i, lane, region, at, "writes what", before, "has written");
        }
        if (unordered(reads[word], w, thread, part, strong)) {
          throw race(w, i, lane, region, at, "writes what", reads[word], "has read");
        }
        if (unordered(others[word], w, thread, part, strong)) {
          throw race(w, i, lane, region, at, "writes what", others[word], "has read");
        }
      }
    }
  }

  /** Stamps writes that are in order by construction: the completion of an asynchronous copy. */
  void complete(Warp w, int thread, long clock, int offset, int bytes) {
    for (int at = offset; at < offset + bytes; at = (at | 3) + 1) {
      writes[at >> 2] = stamp(w.block().serial(), clock, thread, part(at, offset + bytes), false);
    }
  }

  /** Stamps reads by an asynchronous copy: its begin with {@link #PENDING}, then its end. */
  void reading(Warp w, int thread, long clock, int offset, int bytes) {
    for (int at = offset; at < offset + bytes; at = (at | 3) + 1) {
      reads[at >> 2] = stamp(w.block().serial(), clock, thread, part(at, offset + bytes), false);
    }
  }

  /** Returns the bytes of the word at an offset that an access up to an end touches, as 4 bits. */
  private static int part(int at, int end) {
    return (end - (at & ~3) >= 4 ? 15 : (1 << (end & 3)) - 1) & 15 << (at & 3) & 15;
  }

  private static PtxFault race(
      Warp w, Instruction i, int lane, Region region, int at, String verb, long stamp, String did) {
    Launch launch = w.block().launch();
    long serial = stamp >>> 39;
    boolean same = serial == w.block().serial();
    Dim3 thread = launch.thread(thread(stamp));
    String who = "thread " + thread + (same ? "" : " of block " + launch.block(serial)) + " " + did;
    boolean pending = clock(stamp) == PENDING;
    String remedy;
    if (pending) {
      remedy = "wait for the asynchronous copy first (its mbarrier, or its group and a barrier)";
    } else if (!same) {
      remedy = "blocks run in any order: give each its own words, or use atom or red";
    } else if (thread(stamp) >>> 5 == w.index()) {
      remedy = "put bar.warp.sync or bar.sync between the two";
    } else {
      remedy = "put bar.sync between the two";
    }
    return w.fault(
        Kind.RACE,
        i,
        lane,
        region.base + at,
        verb
            + " "
            + who
            + " at "
            + Warp.where(region, region.base + at)
            + (same ? " since the last barrier" : " in the same launch"),
        remedy);
  }
}
