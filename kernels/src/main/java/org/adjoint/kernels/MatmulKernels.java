package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
public interface MatmulKernels {
  /**
   * out = op(a) · op(b) + bias, where op transposes the last two axes if its flag is set.
   *
   * <p>Shapes: op(a) is [m, k] or [batch, m, k], op(b) [k, n] or [batch, k, n], bias [n], out [m,
   * n] or [batch, m, n]; a and b have the rank of out. The matrices are dense; the batch stride may
   * be anything, 0 included. k = 0 gives the bias or 0. Each element is one chain of fused
   * multiply-adds in the order of k, or chunks of a length that depends on the shape alone.
   *
   * @param a left operand
   * @param transposeA whether a is stored as [k, m]
   * @param b right operand
   * @param transposeB whether b is stored as [n, k]
   * @param bias added to every row, or null
   * @param out the result, contiguous, not an operand
   */
  void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      @Nullable Tensor bias,
      Tensor out);
}
