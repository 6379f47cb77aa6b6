package org.adjoint.cpu;

import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products on packed, register-blocked tiles; see {@link FloatGemm}. */
final class CpuMatmul implements MatmulKernels {
  @Override
  public void matmul(
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
    int nextA = rank == 3 ? a.layout().stride(0) : 0;
    int nextB = rank == 3 ? b.layout().stride(0) : 0;
    int aRow = transposeA ? 1 : k;
    int aCol = transposeA ? m : 1;
    int bRow = transposeB ? 1 : n;
    int bCol = transposeB ? k : 1;
    int biasAt = bias == null ? 0 : Heap.at(bias);
    if (Heap.isSingle(out)) {
      FloatGemm.current()
          .a(Heap.floats(a), Heap.at(a), aRow, aCol)
          .b(Heap.floats(b), Heap.at(b), bRow, bCol)
          .bias(bias == null ? null : Heap.floats(bias), biasAt)
          .c(Heap.floats(out), Heap.at(out), n)
          .run(batch, nextA, nextB, m * n, m, n, k, false);
    } else {
      DoubleGemm.current()
          .a(Heap.doubles(a), Heap.at(a), aRow, aCol)
          .b(Heap.doubles(b), Heap.at(b), bRow, bCol)
          .bias(bias == null ? null : Heap.doubles(bias), biasAt)
          .c(Heap.doubles(out), Heap.at(out), n)
          .run(batch, nextA, nextB, m * n, m, n, k, false);
    }
  }
}
