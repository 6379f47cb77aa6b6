package org.adjoint.kernels.ptx;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every rung of the ladder of matrix products against the reference, which is given the operands as
 * the rungs on tensor cores round them.
 */
class MatmulPtxTest {
  /** batch, m, n, k. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 1},
    {1, 1, 1, 0},
    {1, 1, 5, 3},
    {1, 2, 1, 17},
    {1, 16, 16, 16},
    {1, 15, 17, 16},
    {1, 17, 15, 33},
    {1, 31, 33, 1},
    {1, 64, 64, 16},
    {1, 65, 63, 17},
    {1, 64, 1, 64},
    {1, 1, 65, 40},
    {2, 5, 6, 7},
    {3, 17, 9, 20},
    {1, 100, 10, 84},
    {2, 33, 66, 15},
    {1, 70, 130, 5},
    {1, 3, 64, 100},
    {4, 16, 16, 3},
    {1, 128, 20, 31},
    {1, 66, 68, 48},
    {1, 129, 130, 9},
    {2, 130, 127, 24}
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemm_1_naive_f32",
        "gemm_2_coalesced_f32",
        "gemm_3_shared_f32",
        "gemm_4_registers_f32",
        "gemm_5_ahead_f32",
        "gemm_6_tf32_f32",
        "gemm_7_bf16_f32",
        "gemm_8_wgmma_f32"
      })
  void multiplies(String entry) {
    SplittableRandom random = new SplittableRandom(5);
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        check(run, entry, s, random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
        run.clear();
      }
    }
  }

  private static void check(
      PtxRun run, String entry, int[] s, boolean ta, boolean tb, boolean biased) {
    int batch = s[0];
    int m = s[1];
    int n = s[2];
    int k = s[3];
    float[] a = PtxRun.numbers(m, batch * m * k);
    float[] b = PtxRun.numbers(n, batch * k * n);
    float[] bias = PtxRun.numbers(k, n);
    long y = run.words(batch * m * n);
    char rung = entry.charAt(5);
    Dim3 grid =
        switch (rung) {
          case '1' -> new Dim3((m + 15) / 16, (n + 15) / 16, batch);
          case '2', '3' -> new Dim3((n + 15) / 16, (m + 15) / 16, batch);
          case '5' -> new Dim3((n + 127) / 128, (m + 127) / 128, batch);
          default -> new Dim3((n + 63) / 64, (m + 63) / 64, batch);
        };
    String file =
        rung < '6' ? "matmul.ptx" : rung < '8' ? "matmul_tensor.ptx" : "matmul_hopper.ptx";
    Dim3 block = rung < '4' ? Dim3.of(16, 16) : Dim3.of(rung < '6' ? 256 : 128);
    run.launch(
        file,
        entry,
        grid,
        block,
        y,
        run.in(a),
        run.in(b),
        biased ? run.in(bias) : 0L,
        m,
        n,
        k,
        batch,
        m * k,
        ta ? 1 : k,
        ta ? m : 1,
        k * n,
        tb ? 1 : n,
        tb ? k : 1);
    // What the kernel multiplies, exactly: operands as the rung rounds them.
    float[] left = rounded(rung, a);
    float[] right = rounded(rung, b);
    Tensor expected = PtxCompare.blank(batch, m, n);
    Tensor sums = PtxCompare.blank(batch, m, n);
    int[] aShape = ta ? new int[] {batch, k, m} : new int[] {batch, m, k};
    int[] bShape = tb ? new int[] {batch, n, k} : new int[] {batch, k, n};
    var reference = PtxCompare.reference().matmul();
    reference.matmul(
        PtxCompare.exact(left, aShape),
        ta,
        PtxCompare.exact(right, bShape),
        tb,
        biased ? PtxCompare.exact(bias, n) : null,
        expected);
    reference.matmul(
        PtxCompare.magnitude(left, aShape),
        ta,
        PtxCompare.magnitude(right, bShape),
        tb,
        biased ? PtxCompare.magnitude(bias, n) : null,
        sums);
    PtxCompare.bound(
        entry + " " + Arrays.toString(s),
        run.floats(y, batch * m * n),
        expected.toDoubleArray(),
        k,
        sums.toDoubleArray());
  }

  /** As the rung rounds its operands: not, to tf32 (ties away from zero), or to bf16 (to even). */
  private static float[] rounded(char rung, float[] v) {
    float[] r = v.clone();
    for (int i = 0; i < r.length && rung > '5'; i++) {
      int bits = Float.floatToRawIntBits(v[i]);
      int result =
          rung == '6' ? bits + 0x1000 & ~0x1FFF : bits + 0x7FFF + (bits >>> 16 & 1) & ~0xFFFF;
      r[i] = Float.intBitsToFloat(result);
    }
    return r;
  }
}
