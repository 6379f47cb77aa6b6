package org.adjoint.kernels;

import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;

/** Normalisations that are written down instead of computed; see {@link RecordingKernels}. */
final class RecordingNorms implements NormKernels {
  private final RecordingKernels to;

  RecordingNorms(RecordingKernels to) {
    this.to = to;
  }

  @Override
  public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    KernelWork.Calling call = (k, t) -> k.norms().batchStatistics(t[0], t[1], t[2]);
    to.call(Family.NORMS, "batch_statistics", List.of(), "rww", call, x, mean, variance);
  }

  @Override
  public void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    to.call(
        Family.NORMS,
        "batch_norm",
        List.of(epsilon),
        "rrrrrw",
        (k, t) -> k.norms().batchNorm(t[0], t[1], t[2], t[3], t[4], epsilon, t[5]),
        x,
        mean,
        variance,
        gamma,
        beta,
        y);
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
    to.call(
        Family.NORMS,
        "batch_norm gradient",
        List.of(epsilon),
        "rrrrrwww",
        (k, t) ->
            k.norms().batchNormGradient(t[0], t[1], t[2], t[3], epsilon, t[4], t[5], t[6], t[7]),
        x,
        mean,
        variance,
        gamma,
        dy,
        dx,
        dgamma,
        dbeta);
  }
}
