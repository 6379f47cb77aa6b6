package org.adjoint.bench.levels;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.adjoint.cpu.FmaPeak;
import org.adjoint.cpu.Parallel;
import org.adjoint.cpu.VectorModule;

/**
 * What this machine reaches at most, as measured in the same run: an upper bound for any level.
 *
 * @param threads the number of threads
 * @param fma multiply-adds on registers, in 10⁹ operations a second, two each; NaN without the
 *     Vector API
 * @param copy copying within as much memory as the operation uses, in 10⁹ bytes a second, counting
 *     those read and those written
 */
public record Ceilings(int threads, double fma, double copy) {
  private static final ConcurrentMap<Integer, Double> PEAKS = new ConcurrentHashMap<>();

  /** Returns the one that a contest is measured by; NaN if there is none. */
  double of(Contest.Ceiling ceiling) {
    return switch (ceiling) {
      case FMA -> fma;
      case COPY -> copy;
    };
  }

  /**
   * Measures the multiply-adds on the threads that are set; NaN without the Vector API. The best
   * that this JVM has seen counts: compiled anew in the middle of a run, the same loop was seen to
   * lose a quarter.
   */
  static double fma(double seconds) {
    return VectorModule.isUsable()
        ? PEAKS.merge(Parallel.threads(), FmaPeak.gflops(seconds), Math::max)
        : Double.NaN;
  }

  /**
   * Levels that copy, half of the bytes read, half of them written: {@code System.arraycopy}, which
   * writes large arrays past the caches, and a loop, which does not. The faster one counts.
   */
  static List<Level> copying(double footprint) {
    int n = copied(footprint);
    // Half a page longer, so that what is read and what is written lie half a page apart: a load
    // waits for a store whose address has the same last twelve bits.
    float[] from = Operands.random(1, n + 512, -1, 1);
    float[] to = new float[n];
    Level.Part whole = (first, end) -> System.arraycopy(from, first, to, first, end - first);
    Level.Part loop = (first, end) -> VectorLoops.copy(from, to, first, end);
    Level arraycopy = Level.of("copy", "System.arraycopy", n, 64, whole, () -> {}, () -> to);
    return VectorModule.isUsable()
        ? List.of(arraycopy, Level.of("copy", "loop", n, 64, loop, () -> {}, () -> to))
        : List.of(arraycopy);
  }

  /** How many elements such a level copies. */
  static int copied(double footprint) {
    return Math.max(64, (int) (footprint / 8));
  }
}
