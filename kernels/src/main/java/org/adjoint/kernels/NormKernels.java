package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015) over [n, channels, spatial]: statistics run over n
 * and spatial, per-channel tensors have shape [channels]. And normalisation row by row of [rows,
 * n]: layer norm (Ba, Kiros and Hinton, 2016) and root-mean-square norm (Zhang and Sennrich, 2019).
 * Tensors are contiguous.
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

  /**
   * y = (x − mean) · rstd · γ + β, where mean is that of the row, or 0 unless {@code centred}, and
   * rstd = 1/√(ε + the mean of (x − mean)²).
   *
   * @param x [rows, n]
   * @param gamma γ [n], or null for 1
   * @param beta β [n], or null for 0; null if γ is
   * @param y [rows, n]
   * @param mean [rows], receives what was subtracted
   * @param rstd [rows], receives what was multiplied with
   */
  void rowNorm(
      Tensor x,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      boolean centred,
      double epsilon,
      Tensor y,
      Tensor mean,
      Tensor rstd);

  /**
   * With x̂ = (x − mean) · rstd and g = dy · γ: dx = rstd · (g − a − x̂ · b), where b is the mean
   * of g·x̂ in the row, and a that of g, or 0 unless {@code centred}; dγ = Σ dy·x̂ and dβ = Σ dy
   * over the rows.
   *
   * @param mean as {@link #rowNorm} left it, and rstd too
   * @param gamma γ [n], or null for 1
   * @param dgamma [n], or null if it is not wanted
   * @param dbeta [n], or null if it is not wanted; without dgamma it is not
   */
  void rowNormGradient(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      @Nullable Tensor gamma,
      boolean centred,
      Tensor dy,
      Tensor dx,
      @Nullable Tensor dgamma,
      @Nullable Tensor dbeta);
}
