package org.adjoint.kernels.ptx;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every rung of the ladder of matrix products against the reference, which is given the operands as
 * the rungs on tensor cores round them: the sums that are left to differ are float32, so the bound
 * is that of float32.
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

  /** As {@link #SHAPES}, for rungs with tiles of 128: both sides of each edge, and long sums. */
  private static final int[][] LARGE = {
    {1, 1, 1, 0},
    {1, 1, 1, 1},
    {1, 3, 4, 16},
    {2, 5, 6, 7},
    {1, 128, 128, 64},
    {1, 127, 129, 65},
    {1, 129, 127, 63},
    {1, 130, 260, 131},
    {1, 64, 256, 330},
    {2, 65, 258, 80},
    {3, 17, 9, 20},
    {1, 2, 257, 513},
    {1, 257, 2, 17},
    {1, 100, 100, 100},
    {1, 128, 256, 192},
    {1, 256, 128, 48},
    {1, 31, 33, 1},
    {2, 130, 132, 24},
    {1, 66, 68, 48},
    {1, 1, 300, 40},
    {1, 2100, 300, 8}
  };

  /** A rung, and where it is launched. */
  enum Rung {
    NAIVE("matmul.ptx", "gemm_1_naive_f32", Precision.FLOAT32, 16, 16, 256),
    COALESCED("matmul.ptx", "gemm_2_coalesced_f32", Precision.FLOAT32, 16, 16, 256),
    SHARED("matmul.ptx", "gemm_3_shared_f32", Precision.FLOAT32, 16, 16, 256),
    REGISTERS("matmul.ptx", "gemm_4_registers_f32", Precision.FLOAT32, 64, 64, 256),
    AHEAD("matmul_ahead.ptx", "gemm_5_ahead_f32", Precision.FLOAT32, 128, 128, 256),
    WARP("matmul_warp.ptx", "gemm_6_warp_f32", Precision.FLOAT32, 128, 128, 128),
    TF32("matmul_tensor.ptx", "gemm_7_tf32_f32", Precision.TF32, 64, 64, 128),
    BF16("matmul_tensor.ptx", "gemm_8_bf16_f32", Precision.BF16, 64, 64, 128),
    STAGES("matmul_stages.ptx", "gemm_9_stages_bf16", Precision.BF16, 128, 128, 256),
    STAGES_TF32("matmul_stages.ptx", "gemm_9_stages_tf32", Precision.TF32, 128, 128, 256),
    WGMMA("matmul_hopper.ptx", "gemm_10_wgmma_f32", Precision.BF16, 64, 64, 128),
    BULK("matmul_bulk.ptx", "gemm_11_bulk_bf16", Precision.BF16, 128, 256, 384),
    BULK_TF32("matmul_bulk.ptx", "gemm_11_bulk_tf32", Precision.TF32, 128, 256, 384);

    private final String file;
    private final String entry;
    private final Precision precision;
    private final int rows;
    private final int cols;
    private final int threads;

    Rung(String file, String entry, Precision precision, int rows, int cols, int threads) {
      this.file = file;
      this.entry = entry;
      this.precision = precision;
      this.rows = rows;
      this.cols = cols;
      this.threads = threads;
    }

    /** Returns the depths of a tile of packed operands; 0 for operands as they are. */
    private int depth() {
      return switch (this) {
        case WARP -> 16;
        case STAGES_TF32, BULK_TF32 -> 32;
        case STAGES, BULK -> 64;
        default -> 0;
      };
    }

    private boolean bulk() {
      return this == BULK || this == BULK_TF32;
    }

    private int sharedBytes() {
      return bulk() ? 196608 : this == STAGES || this == STAGES_TF32 ? 98304 : 0;
    }
  }

  /**
   * A case: op(a)·op(b) + bias.
   *
   * @param ta whether a is stored as [k, m]
   * @param tb whether b is stored as [n, k]
   */
  private record Case(
      int batch, int m, int n, int k, boolean ta, boolean tb, boolean biased, boolean shared) {
    int aBatch() {
      return m * k;
    }

    /** One b for all, or one each. */
    int bBatch() {
      return shared ? 0 : k * n;
    }
  }

  @ParameterizedTest
  @EnumSource
  void multiplies(Rung rung) {
    SplittableRandom random = new SplittableRandom(5);
    try (PtxRun run = new PtxRun()) {
      for (int[] s : rung.depth() == 0 ? SHAPES : LARGE) {
        check(
            run,
            rung,
            new Case(
                s[0],
                s[1],
                s[2],
                s[3],
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean()));
        run.clear();
      }
    }
  }

  private static void check(PtxRun run, Rung rung, Case c) {
    float[] a = PtxRun.numbers(c.m, c.batch * c.m * c.k);
    float[] b = PtxRun.numbers(c.n, (c.shared ? 1 : c.batch) * c.k * c.n);
    float[] bias = PtxRun.numbers(c.k, c.n);
    long y = run.words(c.batch * c.m * c.n);
    long shift = c.biased ? run.in(bias) : 0L;
    if (rung.depth() == 0) {
      direct(run, rung, c, y, run.in(a), run.in(b), shift);
    } else {
      byTiles(run, rung, c, y, run.in(a), run.in(b), shift);
    }
    // What the kernel multiplies, exactly: operands as the rung rounds them.
    for (float[] v : new float[][] {a, b}) {
      for (int i = 0; i < v.length; i++) {
        v[i] = rung.precision.round(v[i]);
      }
    }
    float[] all = new float[c.batch * c.k * c.n];
    for (int i = 0; i < all.length; i++) {
      all[i] = b[i % b.length];
    }
    Tensor expected = PtxCompare.blank(c.batch, c.m, c.n);
    Tensor sums = PtxCompare.blank(c.batch, c.m, c.n);
    int[] aShape = c.ta ? new int[] {c.batch, c.k, c.m} : new int[] {c.batch, c.m, c.k};
    int[] bShape = c.tb ? new int[] {c.batch, c.n, c.k} : new int[] {c.batch, c.k, c.n};
    var reference = PtxCompare.reference().matmul();
    reference.matmul(
        PtxCompare.exact(a, aShape),
        c.ta,
        PtxCompare.exact(all, bShape),
        c.tb,
        c.biased ? PtxCompare.exact(bias, c.n) : null,
        expected);
    reference.matmul(
        PtxCompare.magnitude(a, aShape),
        c.ta,
        PtxCompare.magnitude(all, bShape),
        c.tb,
        c.biased ? PtxCompare.magnitude(bias, c.n) : null,
        sums);
    PtxCompare.bound(
        rung + " " + c,
        run.floats(y, c.batch * c.m * c.n),
        expected.toDoubleArray(),
        c.k,
        sums.toDoubleArray());
  }

  private static void direct(PtxRun run, Rung rung, Case c, long y, long a, long b, long bias) {
    int x = tiles(c.n, rung.cols);
    int z = tiles(c.m, rung.rows);
    run.launch(
        rung.file,
        rung.entry,
        rung == Rung.NAIVE ? new Dim3(z, x, c.batch) : new Dim3(x, z, c.batch),
        rung.rows == 16 ? Dim3.of(16, 16) : Dim3.of(rung.threads),
        y,
        a,
        b,
        bias,
        c.m,
        c.n,
        c.k,
        c.batch,
        c.aBatch(),
        c.ta ? 1 : c.k,
        c.ta ? c.m : 1,
        c.bBatch(),
        c.tb ? 1 : c.n,
        c.tb ? c.k : 1);
  }

  private static void byTiles(PtxRun run, Rung rung, Case c, long y, long a, long b, long bias) {
    int depths = tiles(c.k, rung.depth());
    int rows = tiles(c.m, rung.rows);
    int cols = tiles(c.n, rung.cols);
    long left =
        pack(
            run,
            rung,
            c.k,
            c.batch,
            new int[] {c.m, rung.rows, c.aBatch(), c.ta ? 1 : c.k},
            a,
            c.ta ? c.m : 1);
    long right =
        pack(
            run,
            rung,
            c.k,
            c.shared ? 1 : c.batch,
            new int[] {c.n, rung.cols, c.bBatch(), c.tb ? c.k : 1},
            b,
            c.tb ? 1 : c.n);
    run.launchShared(
        rung.file,
        rung.entry,
        rung.bulk() ? new Dim3(rows * cols, 1, c.batch) : new Dim3(cols, rows, c.batch),
        Dim3.of(rung.threads),
        rung.sharedBytes(),
        y,
        left,
        right,
        bias,
        c.m,
        c.n,
        depths,
        rows * depths,
        c.shared ? 0 : cols * depths);
  }

  /** Returns where the tiles of an operand lie; extents: rows, rows of a tile, batch, row. */
  private static long pack(
      PtxRun run, Rung rung, int k, int matrices, int[] extents, long from, int depth) {
    int depthTiles = tiles(k, rung.depth());
    int rowTiles = tiles(extents[0], extents[1]);
    boolean single = rung == Rung.WARP;
    boolean half = rung.precision == Precision.BF16;
    int words = matrices * rowTiles * depthTiles * extents[1] * rung.depth() / (half ? 2 : 1);
    long to = run.words(words);
    if (depthTiles > 0) {
      Object[] arguments = {to, from, extents[0], k, extents[2], extents[3], depth, extents[1]};
      run.launch(
          "matmul_pack.ptx",
          single ? "pack_tiles_f32" : "pack_tiles_" + rung.precision.label(),
          new Dim3(depthTiles, rowTiles, matrices),
          Dim3.of(256),
          single ? Arrays.copyOf(arguments, 7) : arguments);
    }
    return to;
  }

  private static int tiles(int extent, int tile) {
    return (extent + tile - 1) / tile;
  }
}
