package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of normalisations; see {@link CheckedKernels}. */
final class CheckedNorms implements NormKernels {
  private final Arguments check;
  private final NormKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedNorms(Arguments check, NormKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  @Override
  public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    String op = "batch_statistics";
    channels(op, x);
    result(op, "mean", mean, x);
    result(op, "variance", variance, x);
    check.apart(op, "variance", variance, "mean", mean);
    if (x.size() > 0) {
      raw.batchStatistics(check.contiguous(x), mean, variance);
    } else if (mean.size() > 0) {
      elementwise.fill(Double.NaN, mean);
      elementwise.fill(Double.NaN, variance);
    }
  }

  @Override
  public void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    String op = "batch_norm";
    channels(op, x);
    perChannel(op, "mean", mean, x);
    perChannel(op, "variance", variance, x);
    perChannel(op, "gamma", gamma, x);
    perChannel(op, "beta", beta, x);
    check.within(op, "epsilon", epsilon, 0, Double.MAX_VALUE);
    check.typed(op, "y", y, x.dtype());
    check.shapeOf(op, "y", y, x);
    check.dense(op, "y", y);
    check.apart(op, "y", y, "x", x);
    check.apart(op, "y", y, "mean", mean);
    check.apart(op, "y", y, "variance", variance);
    check.apart(op, "y", y, "gamma", gamma);
    check.apart(op, "y", y, "beta", beta);
    if (y.size() > 0) {
      raw.batchNorm(
          check.contiguous(x),
          check.contiguous(mean),
          check.contiguous(variance),
          check.contiguous(gamma),
          check.contiguous(beta),
          epsilon,
          y);
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
    String op = "batch_norm gradient";
    channels(op, x);
    perChannel(op, "mean", mean, x);
    perChannel(op, "variance", variance, x);
    perChannel(op, "gamma", gamma, x);
    check.within(op, "epsilon", epsilon, 0, Double.MAX_VALUE);
    check.typed(op, "dy", dy, x.dtype());
    check.shapeOf(op, "dy", dy, x);
    check.typed(op, "dx", dx, x.dtype());
    check.shapeOf(op, "dx", dx, x);
    check.dense(op, "dx", dx);
    result(op, "dgamma", dgamma, x);
    result(op, "dbeta", dbeta, x);
    check.apart(op, "dgamma", dgamma, "dx", dx);
    check.apart(op, "dbeta", dbeta, "dx", dx);
    check.apart(op, "dbeta", dbeta, "dgamma", dgamma);
    for (Tensor out : new Tensor[] {dx, dgamma, dbeta}) {
      String name = out == dx ? "dx" : out == dgamma ? "dgamma" : "dbeta";
      check.apart(op, name, out, "x", x);
      check.apart(op, name, out, "mean", mean);
      check.apart(op, name, out, "variance", variance);
      check.apart(op, name, out, "gamma", gamma);
      check.apart(op, name, out, "dy", dy);
    }
    if (x.size() > 0) {
      raw.batchNormGradient(
          check.contiguous(x),
          check.contiguous(mean),
          check.contiguous(variance),
          check.contiguous(gamma),
          epsilon,
          check.contiguous(dy),
          dx,
          dgamma,
          dbeta);
    } else if (dgamma.size() > 0) {
      elementwise.fill(0, dgamma);
      elementwise.fill(0, dbeta);
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
    String op = "row_norm";
    rows(op, x);
    perColumn(op, "gamma", gamma, x);
    perColumn(op, "beta", beta, x);
    if (gamma == null && beta != null) {
      throw new ArgumentException(op, "gamma", "null", "beta goes together with it");
    }
    check.within(op, "epsilon", epsilon, 0, Double.MAX_VALUE);
    check.typed(op, "y", y, x.dtype());
    check.shapeOf(op, "y", y, x);
    perRow(op, "mean", mean, x);
    perRow(op, "rstd", rstd, x);
    Tensor[] results = {y, mean, rstd};
    String[] names = {"y", "mean", "rstd"};
    for (int i = 0; i < results.length; i++) {
      check.dense(op, names[i], results[i]);
      check.apart(op, names[i], results[i], "x", x);
      check.apart(op, names[i], results[i], "gamma", gamma);
      check.apart(op, names[i], results[i], "beta", beta);
      for (int j = 0; j < i; j++) {
        check.apart(op, names[i], results[i], names[j], results[j]);
      }
    }
    if (x.size() > 0) {
      raw.rowNorm(check.contiguous(x), dense(gamma), dense(beta), centred, epsilon, y, mean, rstd);
    } else if (mean.size() > 0) {
      elementwise.fill(Double.NaN, mean);
      elementwise.fill(Double.NaN, rstd);
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
    String op = "row_norm gradient";
    rows(op, x);
    perRow(op, "mean", mean, x);
    perRow(op, "rstd", rstd, x);
    perColumn(op, "gamma", gamma, x);
    check.typed(op, "dy", dy, x.dtype());
    check.shapeOf(op, "dy", dy, x);
    check.typed(op, "dx", dx, x.dtype());
    check.shapeOf(op, "dx", dx, x);
    perColumn(op, "dgamma", dgamma, x);
    perColumn(op, "dbeta", dbeta, x);
    if (dgamma == null && dbeta != null) {
      throw new ArgumentException(op, "dgamma", "null", "dbeta is had together with it");
    }
    @Nullable Tensor[] results = {dx, dgamma, dbeta};
    String[] names = {"dx", "dgamma", "dbeta"};
    for (int i = 0; i < results.length; i++) {
      Tensor out = results[i];
      if (out != null) {
        check.dense(op, names[i], out);
        check.apart(op, names[i], out, "x", x);
        check.apart(op, names[i], out, "mean", mean);
        check.apart(op, names[i], out, "rstd", rstd);
        check.apart(op, names[i], out, "gamma", gamma);
        check.apart(op, names[i], out, "dy", dy);
        for (int j = 0; j < i; j++) {
          check.apart(op, names[i], out, names[j], results[j]);
        }
      }
    }
    if (x.size() > 0) {
      raw.rowNormGradient(
          check.contiguous(x),
          check.contiguous(mean),
          check.contiguous(rstd),
          dense(gamma),
          centred,
          check.contiguous(dy),
          dx,
          dgamma,
          dbeta);
    } else {
      zero(dgamma);
      zero(dbeta);
    }
  }

  private void zero(@Nullable Tensor t) {
    if (t != null && t.size() > 0) {
      elementwise.fill(0, t);
    }
  }

  private @Nullable Tensor dense(@Nullable Tensor t) {
    return t == null ? null : check.contiguous(t);
  }

  private void rows(String op, Tensor x) {
    check.floating(op, "x", x);
    check.rank(op, "x", x, 2, "[rows, n]");
  }

  private void perRow(String op, String name, Tensor t, Tensor x) {
    check.typed(op, name, t, x.dtype());
    check.shape(op, name, t, x.dim(0));
  }

  private void perColumn(String op, String name, @Nullable Tensor t, Tensor x) {
    if (t != null) {
      check.typed(op, name, t, x.dtype());
      check.shape(op, name, t, x.dim(1));
    }
  }

  private void channels(String op, Tensor x) {
    check.floating(op, "x", x);
    check.rank(op, "x", x, 3, "[n, channels, spatial]");
  }

  private void perChannel(String op, String name, Tensor t, Tensor x) {
    check.typed(op, name, t, x.dtype());
    check.shape(op, name, t, x.dim(1));
  }

  private void result(String op, String name, Tensor out, Tensor x) {
    perChannel(op, name, out, x);
    check.dense(op, name, out);
    check.apart(op, name, out, "x", x);
  }
}
