package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Philox;
import org.adjoint.kernels.RandomKernels;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link RandomKernels}: the same bits everywhere. */
public abstract class RandomContract extends KernelsContract {
  private static final long SEED = 0x1234_5678_9ABC_DEF0L;
  private static final long[] OFFSETS = {0, 1, 2, 3, 4, 17, 0xFFFF_FFFDL, 4 * 0xFFFF_FFFEL + 1};

  private interface Draw {
    void into(RandomKernels random, long offset, Tensor out);
  }

  private RandomKernels random() {
    return kernels().random();
  }

  private void check(String what, DType dtype, Draw draw) {
    ReferenceBackend device = new ReferenceBackend();
    Kernels reference = device.kernels();
    for (int n : SIZES) {
      for (long offset : OFFSETS) {
        Tensor y = garbage(dtype, n);
        draw.into(random(), offset, y);
        Tensor r = Tensor.zeros(device, dtype, n);
        draw.into(reference.random(), offset, r);
        assertSame(what + " " + n + " at " + offset, y.toDoubleArray(), r.toDoubleArray());
      }
    }
    // An element depends on its number alone, wherever the draw begins.
    Tensor all = garbage(dtype, 1000);
    draw.into(random(), 0, all);
    for (int from = 1; from < 12; from++) {
      Tensor part = garbage(dtype, 37);
      draw.into(random(), from, part);
      double[] expected = Arrays.copyOfRange(all.toDoubleArray(), from, from + 37);
      assertSame(what + " from " + from, part.toDoubleArray(), expected);
    }
  }

  @Test
  void theSameBitsAsTheReference() {
    for (DType dtype : FLOATING) {
      check("uniform", dtype, (r, at, out) -> r.uniform(SEED, at, 0, 1, out));
      check("uniform", dtype, (r, at, out) -> r.uniform(-1, at, -0.1, 0.3, out));
      check("normal", dtype, (r, at, out) -> r.normal(SEED, at, 0, 1, out));
      check("normal", dtype, (r, at, out) -> r.normal(5, at, 0.7, 0.1, out));
      check("bernoulli", dtype, (r, at, out) -> r.bernoulli(SEED, at, 0.3, out));
    }
  }

  @Test
  void uniformIsWordOverTwoTo24() {
    Tensor y = garbage(DType.F32, 100);
    random().uniform(SEED, 5, 0, 1, y);
    float[] v = y.toFloatArray();
    for (int i = 0; i < v.length; i++) {
      assertEquals((Philox.word(SEED, 5 + i) >>> 8) * 0x1p-24f, v[i]);
    }
  }

  @Test
  void uniformStaysBelowItsUpperEnd() {
    for (DType dtype : FLOATING) {
      Tensor y = garbage(dtype, 100_000);
      random().uniform(SEED, 0, 1, Math.nextUp(1f), y);
      for (double v : y.toDoubleArray()) {
        assertTrue(v >= 1 && v < Math.nextUp(1f));
      }
    }
  }

  @Test
  void momentsAreRight() {
    int n = 400_000;
    for (DType dtype : FLOATING) {
      Tensor y = garbage(dtype, n);
      // Five standard errors of the mean and of the variance; the draw is fixed, so this is too.
      random().uniform(SEED, 0, 2, 6, y);
      moments(y, 4, 16.0 / 12, 5 * Math.sqrt(16.0 / 12 / n), 5 * Math.sqrt(256.0 / 180 / n));
      random().normal(SEED, 0, -1, 3, y);
      moments(y, -1, 9, 5 * Math.sqrt(9.0 / n), 5 * Math.sqrt(162.0 / n));
      random().bernoulli(SEED, 0, 0.2, y);
      moments(y, 0.2, 0.16, 5 * Math.sqrt(0.16 / n), 5 * Math.sqrt(0.16 / n));
    }
  }

  private static void moments(
      Tensor y, double mean, double variance, double meanError, double varianceError) {
    double[] v = y.toDoubleArray();
    double m = Arrays.stream(v).average().orElseThrow();
    double s = Arrays.stream(v).map(d -> (d - m) * (d - m)).average().orElseThrow();
    assertEquals(mean, m, meanError);
    assertEquals(variance, s, varianceError);
  }

  @Test
  void bernoulliOfZeroAndOne() {
    Tensor y = garbage(DType.F32, 1000);
    random().bernoulli(1, 0, 0, y);
    assertSame("never", y.toDoubleArray(), new double[1000]);
    random().bernoulli(1, 0, 1, y);
    double[] ones = new double[1000];
    Arrays.fill(ones, 1);
    assertSame("always", y.toDoubleArray(), ones);
  }

  @Test
  void permutationsHoldEveryNumberOnce() {
    for (int n : SIZES) {
      ReferenceBackend device = new ReferenceBackend();
      Tensor y = garbage(DType.I32, n);
      Tensor r = Tensor.zeros(device, DType.I32, n);
      random().permutation(SEED, 9, y);
      device.kernels().random().permutation(SEED, 9, r);
      assertArrayEquals(r.toIntArray(), y.toIntArray());
      int[] sorted = y.toIntArray();
      Arrays.sort(sorted);
      for (int i = 0; i < n; i++) {
        assertEquals(i, sorted[i]);
      }
      if (n >= 13) {
        int[] first = y.toIntArray();
        random().permutation(SEED + 1, 9, y);
        assertNotEquals(Arrays.toString(first), Arrays.toString(y.toIntArray()));
      }
    }
  }
}
