package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Moves numbers between the Java heap, which no GPU can read, and the GPU: in pieces through two
 * buffers of pinned memory, one of which is filled or emptied while the other travels. An upload
 * returns as soon as the array may be changed again; the GPU's queue sees to it that kernels find
 * the numbers there. Thread-safe.
 */
final class Staging {
  private final CudaDriver driver;
  private final CudaDriver.Stream stream;
  private final long piece;
  private final Half[] halves = {new Half(), new Half()};
  private int turn;

  /** One of the buffers; made when it is first wanted. */
  private final class Half {
    private MemorySegment memory = MemorySegment.NULL;
    private CudaDriver.@Nullable Event travelled;

    MemorySegment first(long bytes) {
      if (memory.byteSize() == 0) {
        memory = driver.pinned(piece);
      }
      return memory.asSlice(0, bytes);
    }

    void sent() {
      if (travelled == null) {
        travelled = driver.event();
      }
      stream.record(travelled);
    }

    void arrive() {
      if (travelled != null) {
        travelled.synchronize();
      }
    }
  }

  Staging(CudaDriver driver, CudaDriver.Stream stream, long piece) {
    this.driver = driver;
    this.stream = stream;
    this.piece = piece;
  }

  /** Copies from heap memory to the GPU. */
  synchronized void upload(MemorySegment from, long to) {
    long bytes = from.byteSize();
    for (long at = 0; at < bytes; at += piece) {
      long n = Math.min(piece, bytes - at);
      Half half = halves[turn ^= 1];
      half.arrive();
      MemorySegment pinned = half.first(n).copyFrom(from.asSlice(at, n));
      stream.copyIn(to + at, pinned);
      half.sent();
    }
  }

  /**
   * Copies from heap memory to the GPU, in this queue.
   *
   * @param after a mark in another queue that the copy waits for
   * @param done is set behind the copy
   */
  synchronized void upload(
      MemorySegment from, long to, CudaDriver.Event after, CudaDriver.Event done) {
    stream.await(after);
    upload(from, to);
    stream.record(done);
  }

  /** Copies from the GPU to heap memory, and waits for all of it. */
  synchronized void download(long from, MemorySegment to) {
    long bytes = to.byteSize();
    for (long at = 0; at < bytes + piece; at += piece) {
      Half half = halves[turn ^= 1];
      if (at < bytes) {
        long n = Math.min(piece, bytes - at);
        half.arrive();
        stream.copyOut(half.first(n), from + at);
        half.sent();
      }
      long before = at - piece;
      if (before >= 0) {
        Half other = halves[turn ^ 1];
        other.arrive();
        long n = Math.min(piece, bytes - before);
        to.asSlice(before, n).copyFrom(other.first(n));
      }
    }
  }
}
