package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import org.adjoint.tensor.ArgumentException;

/**
 * The float32 ceiling of this machine as this JVM reaches it: independent chains of vector
 * multiply-adds that touch no memory. Speeds of matrix products are stated as a share of it,
 * measured in the same run, because clocks of shared machines vary.
 */
public final class FmaPeak {
  private static final int STEPS = 20_000;

  /** Chains in flight: more than latency 4 times two units need. */
  private static final int CHAINS = 12;

  private FmaPeak() {}

  /**
   * Measures the peak with all threads of the team at work.
   *
   * @param seconds how long to measure, after as long a warm-up
   * @return the best rate seen, in 10⁹ floating-point operations a second, two for each
   *     multiply-add
   * @throws ArgumentException if the Vector API module is absent
   */
  public static double gflops(double seconds) {
    if (!VectorModule.isUsable()) {
      throw new ArgumentException(
          "bench", "Vector API", "absent", "run with --add-modules jdk.incubator.vector");
    }
    int threads = Parallel.threads();
    Burn burn = new Burn(threads);
    best(burn, threads, seconds);
    return best(burn, threads, seconds);
  }

  private static double best(Burn burn, int threads, double seconds) {
    double best = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      long start = System.nanoTime();
      Parallel.run(burn, threads);
      double nanos = System.nanoTime() - start;
      double flops = 2.0 * CHAINS * Simd.FLOATS * STEPS * threads;
      best = Math.max(best, flops / nanos);
    }
    return best;
  }

  /** Apart, because a class that mentions vectors does not load without their module. */
  private static final class Burn extends Region {
    /** Keeps the results alive, a cache line apart. */
    private final float[] sink;

    Burn(int threads) {
      sink = new float[threads * 16];
    }

    @Override
    public void run(int part, int parts) {
      sink[part * 16] = chains(1.0f + part * 1e-7f);
    }

    /** Twelve different accumulators, which stay in registers on every machine. */
    private static float chains(float seed) {
      FloatVector a = FloatVector.broadcast(Simd.FLOAT, 0.999999f);
      FloatVector b = FloatVector.broadcast(Simd.FLOAT, seed * 1e-6f);
      FloatVector c0 = b.add(0);
      FloatVector c1 = b.add(1);
      FloatVector c2 = b.add(2);
      FloatVector c3 = b.add(3);
      FloatVector c4 = b.add(4);
      FloatVector c5 = b.add(5);
      FloatVector c6 = b.add(6);
      FloatVector c7 = b.add(7);
      FloatVector c8 = b.add(8);
      FloatVector c9 = b.add(9);
      FloatVector c10 = b.add(10);
      FloatVector c11 = b.add(11);
      for (int i = 0; i < STEPS; i++) {
        c0 = c0.fma(a, b);
        c1 = c1.fma(a, b);
        c2 = c2.fma(a, b);
        c3 = c3.fma(a, b);
        c4 = c4.fma(a, b);
        c5 = c5.fma(a, b);
        c6 = c6.fma(a, b);
        c7 = c7.fma(a, b);
        c8 = c8.fma(a, b);
        c9 = c9.fma(a, b);
        c10 = c10.fma(a, b);
        c11 = c11.fma(a, b);
      }
      FloatVector sum =
          c0.add(c1)
              .add(c2)
              .add(c3)
              .add(c4.add(c5).add(c6).add(c7))
              .add(c8.add(c9).add(c10.add(c11)));
      return sum.lane(0);
    }
  }
}
