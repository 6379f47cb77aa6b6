package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.Optional;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by cuBLAS where it is found, else by the highest rung of the ladder in {@code
 * matmul.ptx}, which {@code -Dadjoint.cuda.blas=ptx} asks for. float64 is the reference's business.
 */
final class CudaMatmul implements MatmulKernels {
  private static final String FILE = "matmul.ptx";
  private static final int THREADS = 256;

  /** Rows and columns of a block's tile, of the two highest rungs; their results have one order. */
  private static final int TILE = 64;

  private static final int LARGE_TILE = 128;

  private final CudaDevice device;
  private final ElementwiseKernels elementwise;
  private final MatmulKernels host;

  CudaMatmul(CudaDevice device, ElementwiseKernels elementwise, MatmulKernels host) {
    this.device = device;
    this.elementwise = elementwise;
    this.host = host;
  }

  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      @Nullable Tensor bias,
      Tensor out) {
    if (out.dtype() != DType.F32) {
      host.matmul(a, transposeA, b, transposeB, bias, out);
      return;
    }
    int rank = out.rank();
    int m = out.dim(rank - 2);
    int n = out.dim(rank - 1);
    int k = a.dim(transposeA ? rank - 2 : rank - 1);
    int batch = rank == 3 ? out.dim(0) : 1;
    if (m * n * batch == 0) {
      return;
    }
    Optional<CudaBlas> blas = device.blas();
    if (blas.isPresent() && k > 0) {
      if (bias != null) {
        elementwise.copy(bias.expand(out.shape()), out);
      }
      CudaBlas.Product product =
          new CudaBlas.Product(
              transposeA,
              transposeB,
              m,
              n,
              k,
              CudaDevice.address(a),
              rank == 3 ? a.layout().stride(0) : 0,
              CudaDevice.address(b),
              rank == 3 ? b.layout().stride(0) : 0,
              bias == null ? 0 : 1,
              CudaDevice.address(out),
              batch);
      try {
        blas.get().multiply(product);
      } finally {
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
      }
      return;
    }
    Launch launch = device.launch().tensor(out).tensor(a).tensor(b);
    if (bias == null) {
      launch.address(0);
    } else {
      launch.tensor(bias);
    }
    launch.integer(m).integer(n).integer(k).integer(batch);
    launch.integer(rank == 3 ? a.layout().stride(0) : 0);
    launch.integer(transposeA ? 1 : k).integer(transposeA ? m : 1);
    launch.integer(rank == 3 ? b.layout().stride(0) : 0);
    launch.integer(transposeB ? 1 : n).integer(transposeB ? k : 1);
    // Large tiles read less, if there are enough of them to keep all processors busy.
    boolean large =
        (long) tiles(m, LARGE_TILE) * tiles(n, LARGE_TILE) * batch
            >= device.driver().info().processors();
    int tile = large && Math.min(m, n) >= LARGE_TILE ? LARGE_TILE : TILE;
    launch.run(
        device.kernel(FILE, tile == LARGE_TILE ? "gemm_5_ahead_f32" : "gemm_4_registers_f32"),
        Geometry.of(tiles(n, tile), tiles(m, tile), batch, THREADS));
  }

  private static int tiles(int extent, int tile) {
    return (extent + tile - 1) / tile;
  }
}
