package org.adjoint.cpu;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether vector code pays yet. Until the JIT compiler has seen it, an operation on vectors is
 * interpreted and takes some 70 ns, and the first of each kind loads classes too; scalar code has
 * the same bits and is quick at once. So the first work of a JVM, such as drawing the weights of a
 * small model and its first predictions, is scalar. Measured, from the start of the JVM to the
 * first prediction of a saved LeNet-5: 540 ms with vectors from the start, 230 so.
 */
final class ColdStart {
  /**
   * Fused multiply-adds that a JVM does before it is warm; a single piece of work may exceed it.
   * The system property {@code adjoint.simd.coldstart} sets another number, 0 for vectors at once.
   */
  private static final long WORK = Long.getLong("adjoint.simd.coldstart", 4_000_000);

  private static final AtomicLong DONE = new AtomicLong();

  private ColdStart() {}

  /**
   * Returns whether work is to be done on vectors.
   *
   * @param work an estimate in fused multiply-adds
   */
  static boolean isOver(long work) {
    return DONE.getPlain() >= WORK || DONE.addAndGet(work) >= WORK;
  }
}
