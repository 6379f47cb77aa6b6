package org.adjoint.cpu;

import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.Tensor;

/**
 * Batch normalisation: float32 by {@link FloatNorms}, or {@link FloatColumnNorms} where a channel
 * has one value a sample; float64 by {@link DoubleNorms}.
 */
final class CpuNorms implements NormKernels {
  private final FloatNorms single;
  private final FloatColumnNorms columns;

  CpuNorms(FloatRows rows, RowLoops loops) {
    single = new FloatNorms(rows, loops);
    columns = new FloatColumnNorms(loops);
  }

  @Override
  public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    if (!Heap.isSingle(x)) {
      DoubleNorms.batchStatistics(x, mean, variance);
    } else if (x.dim(2) == 1) {
      columns.batchStatistics(x, mean, variance);
    } else {
      single.batchStatistics(x, mean, variance);
    }
  }

  @Override
  public void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    if (!Heap.isSingle(x)) {
      DoubleNorms.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
    } else if (x.dim(2) == 1) {
      columns.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
    } else {
      single.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
    }
  }

  @Override
  public void batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta) {
    if (!Heap.isSingle(x)) {
      DoubleNorms.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
    } else if (x.dim(2) == 1) {
      columns.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
    } else {
      single.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
    }
  }
}
