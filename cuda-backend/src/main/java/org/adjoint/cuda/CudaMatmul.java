package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.Optional;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by cuBLAS where it is found, else by the hand-written ladder, which {@code
 * -Dadjoint.cuda.blas=ptx} asks for. float64 is the reference's business.
 */
final class CudaMatmul implements MatmulKernels {
  private final CudaDevice device;
  private final MatmulLadder ladder;
  private final ElementwiseKernels elementwise;
  private final MatmulKernels host;

  CudaMatmul(CudaDevice device, ElementwiseKernels elementwise, MatmulKernels host) {
    this.device = device;
    this.ladder = new MatmulLadder(device);
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
    if (out.size() == 0) {
      return;
    }
    int rank = out.rank();
    int k = a.dim(transposeA ? rank - 2 : rank - 1);
    Precision precision = device.precision();
    Optional<CudaBlas> blas = device.blas();
    if (blas.isEmpty() || k == 0) {
      ladder.multiply(precision, a, transposeA, b, transposeB, bias, out);
      return;
    }
    if (bias != null) {
      elementwise.copy(bias.expand(out.shape()), out);
    }
    CudaBlas.Product product =
        new CudaBlas.Product(
            transposeA,
            transposeB,
            out.dim(rank - 2),
            out.dim(rank - 1),
            k,
            CudaDevice.address(a),
            rank == 3 ? a.layout().stride(0) : 0,
            CudaDevice.address(b),
            rank == 3 ? b.layout().stride(0) : 0,
            bias == null ? 0 : 1,
            CudaDevice.address(out),
            rank == 3 ? out.dim(0) : 1);
    try {
      blas.get().multiply(product);
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
    }
  }
}
