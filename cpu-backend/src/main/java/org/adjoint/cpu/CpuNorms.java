package org.adjoint.cpu;

import org.adjoint.kernels.NormKernels;
import org.adjoint.kernels.reference.ReferenceKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation: float32 by {@link FloatNorms}, or {@link FloatColumnNorms} where a channel
 * has one value a sample; float64 by {@link DoubleNorms}. Row by row, float32 by {@link
 * FloatRowNorms} and float64, which checks, by the reference.
 */
final class CpuNorms implements NormKernels {
  private static final NormKernels DOUBLE = new ReferenceKernels().norms();

  private final FloatNorms single;
  private final FloatColumnNorms columns;
  private final FloatRowNorms rowWise;

  CpuNorms(FloatRows rows, RowLoops loops) {
    single = new FloatNorms(rows, loops);
    columns = new FloatColumnNorms(loops);
    rowWise = new FloatRowNorms(rows, loops);
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

  @Override
  public void rowNorm(
      Tensor x,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      boolean centred,
      double epsilon,
      Tensor y,
      Tensor mean,
      Tensor rstd) {
    if (Heap.isSingle(x)) {
      rowWise.forward(x, gamma, beta, centred, epsilon, y, mean, rstd);
    } else {
      DOUBLE.rowNorm(x, gamma, beta, centred, epsilon, y, mean, rstd);
    }
  }

  @Override
  public void rowNormGradient(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      @Nullable Tensor gamma,
      boolean centred,
      Tensor dy,
      Tensor dx,
      @Nullable Tensor dgamma,
      @Nullable Tensor dbeta) {
    if (Heap.isSingle(x)) {
      rowWise.backward(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
    } else {
      DOUBLE.rowNormGradient(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
    }
  }
}
