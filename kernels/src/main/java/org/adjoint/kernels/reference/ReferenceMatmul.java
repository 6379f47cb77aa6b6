package org.adjoint.kernels.reference;

import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** out[b, i, j] = bias[j] + Σₖ op(a)[b, i, k] · op(b)[b, k, j]. */
final class ReferenceMatmul implements MatmulKernels {
  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      @Nullable Tensor bias,
      Tensor out) {
    int batch = out.rank() == 2 ? 1 : out.dim(0);
    int m = out.dim(-2);
    int n = out.dim(-1);
    int k = a.dim(transposeA ? -2 : -1);
    Elements left = Elements.of(a);
    Elements right = Elements.of(b);
    Elements shift = bias == null ? null : Elements.of(bias);
    Elements to = Elements.of(out);
    for (int s = 0; s < batch; s++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = shift == null ? 0 : shift.get(j);
          for (int l = 0; l < k; l++) {
            double x = left.get(transposeA ? (s * k + l) * m + i : (s * m + i) * k + l);
            double y = right.get(transposeB ? (s * n + j) * k + l : (s * k + l) * n + j);
            sum += x * y;
          }
          to.set((s * m + i) * n + j, sum);
        }
      }
    }
  }
}
