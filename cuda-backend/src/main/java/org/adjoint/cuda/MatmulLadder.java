package org.adjoint.cuda;

import org.adjoint.kernels.Precision;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The rungs of the hand-written ladder of matrix products that are used, and which one when: by
 * what the GPU can, what operands are rounded to, and how large the product is. The lower rungs are
 * for teaching.
 */
final class MatmulLadder {
  /** A rung: its text and entry, and the rows and columns of a block's tile. */
  enum Rung {
    REGISTERS("matmul.ptx", "gemm_4_registers_f32", 64, 64, 256),
    AHEAD("matmul_ahead.ptx", "gemm_5_ahead_f32", 128, 128, 256),
    WARP("matmul_warp.ptx", "gemm_6_warp_f32", 128, 128, 128),
    TF32("matmul_tensor.ptx", "gemm_7_tf32_f32", 64, 64, 128),
    BF16("matmul_tensor.ptx", "gemm_8_bf16_f32", 64, 64, 128),
    STAGES("matmul_stages.ptx", "gemm_9_stages_bf16", 128, 128, 256),
    STAGES_TF32("matmul_stages.ptx", "gemm_9_stages_tf32", 128, 128, 256),
    BULK("matmul_bulk.ptx", "gemm_11_bulk_bf16", 128, 256, 384),
    BULK_TF32("matmul_bulk.ptx", "gemm_11_bulk_tf32", 128, 256, 384);

    private final String file;
    private final String entry;
    private final int rows;
    private final int cols;
    private final int threads;

    Rung(String file, String entry, int rows, int cols, int threads) {
      this.file = file;
      this.entry = entry;
      this.rows = rows;
      this.cols = cols;
      this.threads = threads;
    }

    /**
     * Returns how many depths a tile of packed operands has; 0 for a rung that takes them as is.
     */
    int depth() {
      return switch (this) {
        case WARP -> 16;
        case STAGES_TF32, BULK_TF32 -> 32;
        case STAGES, BULK -> 64;
        default -> 0;
      };
    }

    /** Returns the kernel that makes its tiles. */
    private String pack() {
      return switch (this) {
        case WARP -> "pack_tiles_f32";
        case STAGES_TF32, BULK_TF32 -> "pack_tiles_tf32";
        default -> "pack_tiles_bf16";
      };
    }

    /** Returns the bytes of dynamic shared memory. */
    private int shared() {
      return switch (this) {
        case STAGES, STAGES_TF32 -> 3 * 32768;
        case BULK, BULK_TF32 -> 4 * 49152;
        default -> 0;
      };
    }
  }

  /** The compute capability that has cp.async, and tensor cores for tf32 and bf16. */
  static final int TENSOR_CORES = 80;

  /** The one capability that runs texts for {@code sm_90a}. */
  private static final int HOPPER = 90;

  /** The shortest sums for which reading operands twice pays. */
  private static final int DEEP = 64;

  private static final int PACK_THREADS = 256;
  private static final String PACK = "matmul_pack.ptx";

  private final CudaDevice device;

  MatmulLadder(CudaDevice device) {
    this.device = device;
  }

  /** Returns whether rungs for a precision round their operands themselves on this GPU. */
  static boolean rounds(GpuInfo gpu, Precision precision) {
    return precision == Precision.FLOAT32 || gpu.capability() >= TENSOR_CORES;
  }

  /** Returns the rung for a product. The float32 ones have equal bits. */
  static Rung choose(GpuInfo gpu, Precision precision, int m, int n, int k, int batch) {
    boolean modern = gpu.capability() >= TENSOR_CORES;
    boolean deep = modern && k >= DEEP;
    if (modern && precision != Precision.FLOAT32) {
      boolean half = precision == Precision.BF16;
      // Half as many blocks leave half of the processors without work.
      long blocks = (long) tiles(m, Rung.BULK.rows) * tiles(n, Rung.BULK.cols) * batch;
      boolean bulk = gpu.capability() == HOPPER && 2 * blocks > gpu.processors();
      if (deep && bulk && m >= Rung.BULK.rows && n >= Rung.BULK.cols) {
        return half ? Rung.BULK : Rung.BULK_TF32;
      }
      if (deep && Math.min(m, n) >= Rung.STAGES.rows) {
        return half ? Rung.STAGES : Rung.STAGES_TF32;
      }
      return half ? Rung.BF16 : Rung.TF32;
    }
    // Large tiles read less, if there are enough of them to keep all processors busy.
    long large = (long) tiles(m, Rung.AHEAD.rows) * tiles(n, Rung.AHEAD.cols) * batch;
    if (Math.min(m, n) < Rung.AHEAD.rows || large < gpu.processors()) {
      return Rung.REGISTERS;
    }
    return deep ? Rung.WARP : Rung.AHEAD;
  }

  /**
   * Computes out = op(a)·op(b) + bias.
   *
   * @param precision what the operands are rounded to, which this GPU {@link #rounds}
   */
  void multiply(
      Precision precision,
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      @Nullable Tensor bias,
      Tensor out) {
    int rank = out.rank();
    int m = out.dim(rank - 2);
    int n = out.dim(rank - 1);
    int k = a.dim(transposeA ? rank - 2 : rank - 1);
    int batch = rank == 3 ? out.dim(0) : 1;
    Rows left = new Rows(a, m, batchStride(a), transposeA ? 1 : k, transposeA ? m : 1);
    Rows right = new Rows(b, n, batchStride(b), transposeB ? k : 1, transposeB ? 1 : n);
    Rung rung = choose(device.driver().info(), precision, m, n, k, batch);
    if (rung.depth() > 0) {
      try (Scope _ = Scope.open()) {
        byTiles(rung, left, right, k, batch, bias, out);
      }
      return;
    }
    bias(device.launch().tensor(out).tensor(a).tensor(b), bias)
        .integer(m)
        .integer(n)
        .integer(k)
        .integer(batch)
        .integer(left.batch)
        .integer(left.row)
        .integer(left.depth)
        .integer(right.batch)
        .integer(right.depth)
        .integer(right.row)
        .run(
            device.kernel(rung.file, rung.entry),
            Geometry.of(tiles(n, rung.cols), tiles(m, rung.rows), batch, rung.threads));
  }

  /**
   * An operand as rows that are multiplied with rows.
   *
   * @param tensor where it lies
   * @param rows of a; columns of b
   * @param batch elements from one matrix to the next
   * @param row elements from one row to the next
   * @param depth elements from one depth to the next
   */
  private record Rows(Tensor tensor, int rows, int batch, int row, int depth) {}

  private static int batchStride(Tensor t) {
    return t.rank() == 3 ? t.layout().stride(0) : 0;
  }

  private static Launch bias(Launch launch, @Nullable Tensor bias) {
    return bias == null ? launch.address(0) : launch.tensor(bias);
  }

  private void byTiles(
      Rung rung, Rows left, Rows right, int k, int batch, @Nullable Tensor bias, Tensor out) {
    int depthTiles = tiles(k, rung.depth());
    int rowTiles = tiles(left.rows, rung.rows);
    int colTiles = tiles(right.rows, rung.cols);
    Tensor a = pack(rung, left, k, rung.rows, batch);
    Tensor b = pack(rung, right, k, rung.cols, batch);
    boolean line = rung == Rung.BULK || rung == Rung.BULK_TF32;
    Geometry grid =
        new Geometry(
            line ? Math.multiplyExact(rowTiles, colTiles) : colTiles,
            line ? 1 : rowTiles,
            batch,
            rung.threads,
            1,
            1,
            rung.shared());
    bias(device.launch().tensor(out).tensor(a).tensor(b), bias)
        .integer(left.rows)
        .integer(right.rows)
        .integer(depthTiles)
        .integer(left.batch == 0 ? 0 : rowTiles * depthTiles)
        .integer(right.batch == 0 ? 0 : colTiles * depthTiles)
        .run(device.kernel(rung.file, rung.entry), grid);
  }

  /** Returns an operand as tiles. */
  private Tensor pack(Rung rung, Rows rows, int depths, int tile, int batch) {
    int depthTiles = tiles(depths, rung.depth());
    int matrices = rows.batch == 0 ? 1 : batch;
    int rowTiles = tiles(rows.rows, tile);
    // A tile in words of 4 bytes.
    int words = tile * rung.depth() / (rung.depth() == Rung.BULK.depth() ? 2 : 1);
    long all = (long) matrices * rowTiles * depthTiles * words;
    Tensor tiles = Tensor.result(device, DType.I32, Shape.of(Math.toIntExact(all)));
    Launch launch =
        device
            .launch()
            .tensor(tiles)
            .tensor(rows.tensor)
            .integer(rows.rows)
            .integer(depths)
            .integer(rows.batch)
            .integer(rows.row)
            .integer(rows.depth);
    if (rung != Rung.WARP) {
      launch.integer(tile);
    }
    launch.run(
        device.kernel(PACK, rung.pack()),
        Geometry.of(depthTiles, rowTiles, matrices, PACK_THREADS));
    return tiles;
  }

  private static int tiles(int extent, int tile) {
    return (extent + tile - 1) / tile;
  }
}
