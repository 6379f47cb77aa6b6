package org.adjoint.cuda;

import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.MemoryUse;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a GPU: blocks that are lent, blocks of temporaries that wait for the next of their
 * size class, and the books. What is allocated from the driver is always what was freed, is lent or
 * waits. All work of a device is one queue, so a block may be lent again before the kernels that
 * use it have run. Thread-safe.
 */
final class CudaPool implements Lender {
  private static final long SMALLEST = 256;

  /** How often, and how long each time, the garbage collector is waited for when room is short. */
  private static final int PATIENCE = 20;

  private static final int NAP_MILLIS = 10;

  /** Above this size, classes are a quarter of an octave wide; below, powers of two. */
  private static final long COARSE = 4096;

  /**
   * A piece of the GPU's memory.
   *
   * @param address where it begins
   * @param bytes its size, that of its class
   * @param temporary whether it waits for reuse when it is given back
   */
  record Block(long address, long bytes, boolean temporary) {}

  /**
   * The books, in bytes.
   *
   * @param allocated taken from the driver so far
   * @param freed given back to it
   * @param live lent
   * @param waiting for reuse
   */
  record Books(long allocated, long freed, long live, long waiting) {
    /** Returns whether nothing was lost. */
    boolean balance() {
      return allocated == freed + live + waiting;
    }
  }

  private final CudaDriver driver;
  private final Map<Long, ArrayDeque<Block>> waiting = new TreeMap<>();
  private long allocated;
  private long freed;
  private long live;
  private long liveTemporaries;
  private long lent;
  private long waitingBytes;
  private long peak;
  private long limit = Long.MAX_VALUE;

  CudaPool(CudaDriver driver) {
    this.driver = driver;
  }

  /** Returns the size of the class of so many bytes. */
  static long capacity(long bytes) {
    if (bytes <= SMALLEST) {
      return SMALLEST;
    }
    long octave = Long.highestOneBit(bytes - 1);
    long step = bytes <= COARSE ? octave : Math.max(octave >>> 2, SMALLEST);
    return (bytes + step - 1) / step * step;
  }

  /** Returns the most bytes that may be taken from the driver. */
  synchronized long limit() {
    return limit;
  }

  /** Sets the most bytes; blocks that wait are freed when they stand in its way. */
  synchronized void limit(long bytes) {
    if (bytes < 0) {
      throw new ArgumentException("limit", "bytes", bytes, "it must be 0 or more");
    }
    limit = bytes;
    if (live + waitingBytes > bytes) {
      trim();
    }
  }

  @Override
  public Block take(long bytes, boolean temporary, String what) {
    long size = capacity(bytes);
    Block block = attempt(size, temporary);
    // Nobody may refer to much of what is lent: only the garbage collector knows.
    for (int i = 0; block == null && i < PATIENCE; i++) {
      if (i == 0) {
        System.gc();
      }
      nap();
      block = attempt(size, temporary);
    }
    if (block == null) {
      throw outOfMemory(size, what);
    }
    return block;
  }

  private static void nap() {
    try {
      Thread.sleep(NAP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns a block, or null if there is no room now. */
  private synchronized @Nullable Block attempt(long size, boolean temporary) {
    ArrayDeque<Block> same = waiting.get(size);
    if (temporary && same != null && !same.isEmpty()) {
      Block block = same.pop();
      waitingBytes -= size;
      return lend(block);
    }
    if (live + waitingBytes + size > limit) {
      trim();
    }
    if (live + size > limit) {
      return null;
    }
    long address = driver.allocate(size);
    if (address == 0) {
      trim();
      address = driver.allocate(size);
    }
    if (address == 0) {
      return null;
    }
    allocated += size;
    return lend(new Block(address, size, temporary));
  }

  private Block lend(Block block) {
    live += block.bytes();
    liveTemporaries += block.temporary() ? block.bytes() : 0;
    lent++;
    peak = Math.max(peak, live);
    return block;
  }

  @Override
  public synchronized void give(Block block) {
    live -= block.bytes();
    liveTemporaries -= block.temporary() ? block.bytes() : 0;
    lent--;
    if (block.temporary() && !driver.isCareful()) {
      waiting.computeIfAbsent(block.bytes(), b -> new ArrayDeque<>()).push(block);
      waitingBytes += block.bytes();
    } else {
      free(block);
    }
  }

  private void free(Block block) {
    driver.free(block.address());
    freed += block.bytes();
  }

  /** Frees the blocks that wait. */
  synchronized void trim() {
    for (ArrayDeque<Block> same : waiting.values()) {
      for (Block block : same) {
        waitingBytes -= block.bytes();
        free(block);
      }
      same.clear();
    }
  }

  /** Returns the books. */
  synchronized Books books() {
    return new Books(allocated, freed, live, waitingBytes);
  }

  /** Returns the books as every device shows them. */
  synchronized MemoryUse use() {
    return new MemoryUse(live, waitingBytes, peak);
  }

  private synchronized MemoryException outOfMemory(long size, String what) {
    long free = driver.freeBytes();
    long total = driver.info().bytes();
    String holders =
        mebibytes(liveTemporaries)
            + " in temporaries and "
            + mebibytes(live - liveTemporaries)
            + " in parameters, state and data, "
            + lent
            + " buffers in all";
    return new MemoryException(
        "allocate",
        "size",
        what + " (" + mebibytes(size) + ")",
        (limit < total
                ? "the limit is " + mebibytes(limit) + ", "
                : mebibytes(free)
                    + " of "
                    + mebibytes(total)
                    + " are free, other programs hold "
                    + mebibytes(Math.max(0, total - free - live - waitingBytes))
                    + ", ")
            + "this one holds "
            + holders
            + "; use a smaller batch");
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 0x1p20);
  }
}
