package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

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
    Tensor[] all = given(x, gamma, beta, y, mean, rstd);
    int n = all.length - 3;
    KernelWork.Calling call =
        (k, t) ->
            k.norms()
                .rowNorm(
                    t[0],
                    gamma == null ? null : t[1],
                    beta == null ? null : t[n - 1],
                    centred,
                    epsilon,
                    t[n],
                    t[n + 1],
                    t[n + 2]);
    List<Object> settings = List.of(centred, epsilon, gamma != null);
    to.call(Family.NORMS, "row_norm", settings, "r".repeat(n) + "www", call, all);
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
    Tensor[] all = given(x, mean, rstd, gamma, dy, dx, dgamma, dbeta);
    int n = gamma == null ? 4 : 5;
    int results = all.length - n;
    KernelWork.Calling call =
        (k, t) ->
            k.norms()
                .rowNormGradient(
                    t[0],
                    t[1],
                    t[2],
                    gamma == null ? null : t[3],
                    centred,
                    t[n - 1],
                    t[n],
                    results > 1 ? t[n + 1] : null,
                    results > 2 ? t[n + 2] : null);
    List<Object> settings = List.of(centred, gamma != null);
    String roles = "r".repeat(n) + "w".repeat(results);
    to.call(Family.NORMS, "row_norm gradient", settings, roles, call, all);
  }

  /** The tensors that are there. */
  private static Tensor[] given(@Nullable Tensor... tensors) {
    List<Tensor> all = new ArrayList<>();
    for (Tensor t : tensors) {
      if (t != null) {
        all.add(t);
      }
    }
    return all.toArray(Tensor[]::new);
  }
}
