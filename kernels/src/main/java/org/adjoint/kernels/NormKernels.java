package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015) over [n, channels, spatial]: statistics run over n
 * and spatial. Tensors are contiguous; per-channel tensors have shape [channels].
 */
public interface NormKernels {
  /** mean and biased variance of every channel. */
  void batchStatistics(Tensor x, Tensor mean, Tensor variance);

  /** y = (x − mean) / √(variance + ε) · γ + β. */
  void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y);

  /**
   * Gradients where mean and variance are those of x itself. With x̂ = (x − mean)/√(variance + ε)
   * and m = n·spatial: dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(variance + ε) · (dy − dβ/m − x̂·dγ/m).
   */
  void batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta);
}
