package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention (Vaswani et al., 2017) in tiles, without the matrix of all weights
 * (Dao, Fu, Ermon, Rudra and Ré: FlashAttention, 2022): forward keeps one logarithm a row, backward
 * makes the weights anew.
 *
 * <p>Axes: queries [batch, queries, heads, width], keys [batch, keys, heads, width], values [batch,
 * keys, heads, valueWidth], mask [batch, heads, queries, keys]; the mask may be expanded (stride 0)
 * along any axis, and queries, keys and values may be views of a larger tensor, each row of {@code
 * width} elements being dense. All other tensors are contiguous.
 *
 * <p>With dropout, weight (b, h, i, j) is dropped unless the uniform number that {@link Philox}
 * draws under the key's seed at place ((b·heads + h)·queries + i)·keys + j is below 1 − dropout;
 * what stays is divided by 1 − dropout.
 *
 * <p>NaN or infinity in an operand makes NaN or infinity of every element that it takes part in
 * through a weight that is seen and kept. Behind a hidden or a dropped weight it may do so or not:
 * whole blocks of hidden keys are never read. The mask may always hold −∞.
 */
public interface AttentionKernels {
  /**
   * y[b, i, h] = Σ_j P[b, h, i, j] · v[b, j, h] with P = dropout(softmax_j(S)) and S[b, h, i, j] =
   * scale · ⟨q[b, i, h], k[b, j, h]⟩ + mask[b, h, i, j]. Keys that a query does not see count as S
   * = −∞; a query that sees no key at all gets y = 0.
   *
   * @param mask added to S, −∞ where a key is hidden; or null
   * @param key the key of dropout: two whole numbers a and b from 0 to 2²⁴ − 1 in the dtype of q
   *     that make the seed a·2²⁴ + b; null without dropout
   * @param y [batch, queries, heads, valueWidth]
   * @param lse [batch, heads, queries], receives log Σ_j exp(S) for the gradient
   */
  void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse);

  /**
   * With W = exp(S − lse) before and P after dropout, dP[i, j] = ⟨dy[i], v[j]⟩ where it is not
   * dropped, and dS = W · (dP − ⟨dy[i], y[i]⟩): dv[j] = Σ_i P[i, j] · dy[i], dq[i] = scale · Σ_j
   * dS[i, j] · k[j], dk[j] = scale · Σ_i dS[i, j] · q[i].
   *
   * @param y as {@link #attention} left it, and lse too
   * @param dq like q, contiguous
   * @param dk like k, contiguous
   * @param dv like v, contiguous
   */
  void attentionGradient(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse,
      Tensor dy,
      Tensor dq,
      Tensor dk,
      Tensor dv);

  /** Returns the seed that the two numbers of a key make. */
  static long seed(double a, double b) {
    return ((long) a << 24) + (long) b;
  }
}
