package org.adjoint.kernels.ptx;

import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.Philox;
import org.adjoint.kernels.RandomKernels;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Random draws and optimizer steps have the bits of the reference's recipes. */
class DrawsPtxTest {
  private static final ReferenceBackend DEVICE = new ReferenceBackend();
  private static final int[] SIZES = {
    1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 207, 255, 256, 257, 1000
  };
  private static final long[] OFFSETS = {0, 1, 2, 3, 4, 5, 1023, (1L << 33) + 6};

  private static Tensor blank(int n) {
    return Tensor.zeros(DEVICE, DType.F32, n);
  }

  @Test
  void draws() {
    RandomKernels random = DEVICE.kernels().random();
    try (PtxRun run = new PtxRun()) {
      for (int k = 0; k < SIZES.length; k++) {
        int n = SIZES[k];
        long seed = 0x9E3779B97F4A7C15L * (k + 1);
        long offset = OFFSETS[k % OFFSETS.length];
        // Where the kernel finds it, of every other case in memory, and then not where it usually
        // is.
        boolean inMemory = k % 2 == 1;
        long changing = inMemory ? run.in(new int[] {(int) offset, (int) (offset >>> 32)}) : 0;
        long given = inMemory ? ~offset : offset;
        Tensor expected = blank(n);
        long y = run.words(n);
        double low = -0.3;
        double high = 1.7;
        random.uniform(seed, offset, low, high, expected);
        run.launch(
            "random.ptx",
            "uniform_f32",
            Dim3.of(1 + k % 3),
            Dim3.of(32),
            y,
            seed,
            given,
            n,
            (float) (high - low),
            (float) low,
            Math.nextDown((float) high),
            changing);
        PtxCompare.same("uniform", run.floats(y, n), expected.toFloatArray());
        random.normal(seed, offset, 0.5, 2.5, expected);
        run.launch(
            "random.ptx",
            "normal_f32",
            Dim3.of(2),
            Dim3.of(32),
            y,
            seed,
            given,
            n,
            2.5f,
            0.5f,
            changing);
        PtxCompare.same("normal", run.floats(y, n), expected.toFloatArray());
        random.bernoulli(seed, offset, 0.3, expected);
        run.launch(
            "random.ptx",
            "bernoulli_f32",
            Dim3.of(2),
            Dim3.of(32),
            y,
            seed,
            given,
            n,
            (int) Math.ceil(0.3 * (1 << 24)),
            changing);
        PtxCompare.same("bernoulli", run.floats(y, n), expected.toFloatArray());
        Tensor order = Tensor.zeros(DEVICE, DType.I32, n);
        random.permutation(seed, offset, order);
        run.launch(
            "random.ptx", "permutation_i32", Dim3.of(1), Dim3.of(256), y, seed, given, n, changing);
        PtxCompare.same("permutation", run.ints(y, n), order.toIntArray());
        run.clear();
      }
    }
  }

  @Test
  void theThresholdIsTheProbability() {
    for (int i = 0; i < 1000; i++) {
      int word = Philox.word(5, i);
      double p = i / 1000.0;
      boolean drawn = (word >>> 8) < (int) Math.ceil(p * (1 << 24));
      org.junit.jupiter.api.Assertions.assertEquals(Philox.uniform(word) < p, drawn);
    }
  }

  /**
   * Writes arguments into memory, where a launch finds them that is done again, and others in their
   * place.
   */
  private static long inMemory(PtxRun run, Object[] arguments, int from, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (Float) arguments[from + i];
      arguments[from + i] = Float.NaN;
    }
    return run.in(numbers);
  }

  /** Makes a step by an entry and by the rule's expressions. */
  private static void step(
      PtxRun run, String entry, UpdateStep step, int decay, float lambda, float... numbers) {
    int states = step.rule().states().size();
    float[] rounded = new float[step.numbers().length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) step.numbers()[i];
    }
    for (int n : SIZES) {
      float[][] before = new float[2 + states][];
      long[] at = new long[5];
      for (int k = 0; k < before.length; k++) {
        before[k] = PtxRun.numbers(k + 3, n);
        if (k >= 3) {
          for (int i = 0; i < n; i++) {
            before[k][i] = Math.abs(before[k][i]);
          }
        }
        at[k] = run.in(before[k]);
      }
      Object[] arguments = new Object[17];
      for (int k = 0; k < 5; k++) {
        arguments[k] = at[k];
      }
      arguments[5] = n;
      arguments[6] = decay;
      arguments[7] = lambda;
      for (int i = 0; i < 8; i++) {
        arguments[8 + i] = i < numbers.length ? numbers[i] : 0f;
      }
      arguments[16] = n % 2 == 0 ? 0L : inMemory(run, arguments, 7, 9);
      run.launch("updates.ptx", entry, Dim3.of(2), Dim3.of(64), arguments);
      for (int r = 0; r < step.rule().results().size(); r++) {
        Expr f = step.rule().results().get(r);
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
          float[] element = new float[before.length];
          for (int k = 0; k < before.length; k++) {
            element[k] = before[k][i];
          }
          expected[i] = ExprEvaluator.evaluate(f, element, rounded);
        }
        PtxCompare.same(entry, run.floats(at[r == 0 ? 0 : r + 1], n), expected);
      }
      run.clear();
    }
  }

  @Test
  void steps() {
    try (PtxRun run = new PtxRun()) {
      for (int decay = 0; decay < 3; decay++) {
        double l = decay == 0 ? 0 : 0.1;
        boolean decoupled = decay == 2;
        UpdateStep s = UpdateRules.sgd(0.5, 0, 0, false, l, decoupled);
        float lambda = (float) s.numbers()[2];
        step(run, "sgd_f32", s, decay, lambda, -0.5f);
        s = UpdateRules.sgd(0.5, 0.75, 0, false, l, decoupled);
        step(run, "sgd_momentum_f32", s, decay, lambda, -0.5f, 0.75f);
        s = UpdateRules.sgd(0.5, 0.75, 0.25, false, l, decoupled);
        step(run, "sgd_dampened_f32", s, decay, lambda, -0.5f, 0.75f, 0.75f);
        s = UpdateRules.sgd(0.5, 0.75, 0, true, l, decoupled);
        step(run, "sgd_nesterov_f32", s, decay, lambda, -0.5f, 0.75f);
        for (int amsgrad = 0; amsgrad < 2; amsgrad++) {
          s = UpdateRules.adam(0.01, 0.9, 0.999, 1e-8, l, decoupled, amsgrad == 1, 3);
          float[] numbers = new float[7];
          for (int i = 0; i < 7; i++) {
            numbers[i] = (float) s.numbers()[i];
          }
          String entry = amsgrad == 1 ? "adam_amsgrad_f32" : "adam_f32";
          step(run, entry, s, decay, (float) s.numbers()[7], numbers);
        }
      }
    }
  }
}
