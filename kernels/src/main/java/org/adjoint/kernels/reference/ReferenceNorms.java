package org.adjoint.kernels.reference;

import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Batch normalisation over [n, channels, spatial], and normalisation row by row. */
final class ReferenceNorms implements NormKernels {
  /** The channel of element i of a tensor [n, channels, spatial]. */
  private static int channel(Tensor x, int i) {
    return i / x.dim(2) % x.dim(1);
  }

  private static double count(Tensor x) {
    return (double) x.dim(0) * x.dim(2);
  }

  @Override
  public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    Elements from = Elements.of(x);
    double[] sum = new double[x.dim(1)];
    for (int i = 0; i < from.size(); i++) {
      sum[channel(x, i)] += from.get(i);
    }
    double[] squares = new double[sum.length];
    for (int i = 0; i < from.size(); i++) {
      double d = from.get(i) - sum[channel(x, i)] / count(x);
      squares[channel(x, i)] += d * d;
    }
    Elements m = Elements.of(mean);
    Elements v = Elements.of(variance);
    for (int c = 0; c < sum.length; c++) {
      m.set(c, sum[c] / count(x));
      v.set(c, squares[c] / count(x));
    }
  }

  @Override
  public void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    Elements from = Elements.of(x);
    Elements m = Elements.of(mean);
    Elements v = Elements.of(variance);
    Elements scale = Elements.of(gamma);
    Elements shift = Elements.of(beta);
    Elements to = Elements.of(y);
    for (int i = 0; i < from.size(); i++) {
      int c = channel(x, i);
      double normal = (from.get(i) - m.get(c)) / Math.sqrt(v.get(c) + epsilon);
      to.set(i, normal * scale.get(c) + shift.get(c));
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
    Elements from = Elements.of(x);
    Elements m = Elements.of(mean);
    Elements v = Elements.of(variance);
    Elements scale = Elements.of(gamma);
    Elements gradient = Elements.of(dy);
    double[] sum = new double[x.dim(1)];
    double[] product = new double[x.dim(1)];
    for (int i = 0; i < from.size(); i++) {
      int c = channel(x, i);
      double normal = (from.get(i) - m.get(c)) / Math.sqrt(v.get(c) + epsilon);
      sum[c] += gradient.get(i);
      product[c] += gradient.get(i) * normal;
    }
    Elements to = Elements.of(dx);
    for (int i = 0; i < from.size(); i++) {
      int c = channel(x, i);
      double deviation = Math.sqrt(v.get(c) + epsilon);
      double normal = (from.get(i) - m.get(c)) / deviation;
      double centred = gradient.get(i) - sum[c] / count(x) - normal * product[c] / count(x);
      to.set(i, scale.get(c) / deviation * centred);
    }
    Elements.of(dgamma).setAll(product);
    Elements.of(dbeta).setAll(sum);
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
    Elements from = Elements.of(x);
    Elements to = Elements.of(y);
    Elements means = Elements.of(mean);
    Elements scales = Elements.of(rstd);
    int n = x.dim(1);
    for (int r = 0; r < x.dim(0); r++) {
      double sum = 0;
      for (int i = r * n; i < (r + 1) * n; i++) {
        sum += from.get(i);
      }
      double m = centred ? sum / n : 0;
      double squares = 0;
      for (int i = r * n; i < (r + 1) * n; i++) {
        squares += (from.get(i) - m) * (from.get(i) - m);
      }
      double scale = 1 / Math.sqrt(squares / n + epsilon);
      for (int i = 0; i < n; i++) {
        double normal = (from.get(r * n + i) - m) * scale;
        to.set(r * n + i, normal * at(gamma, i, 1) + at(beta, i, 0));
      }
      means.set(r, m);
      scales.set(r, scale);
    }
  }

  private static double at(@Nullable Tensor t, int i, double otherwise) {
    return t == null ? otherwise : Elements.of(t).get(i);
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
    Elements from = Elements.of(x);
    Elements means = Elements.of(mean);
    Elements scales = Elements.of(rstd);
    Elements gradient = Elements.of(dy);
    Elements to = Elements.of(dx);
    int n = x.dim(1);
    double[] sums = new double[n];
    double[] products = new double[n];
    for (int r = 0; r < x.dim(0); r++) {
      double a = 0;
      double b = 0;
      for (int i = 0; i < n; i++) {
        double normal = (from.get(r * n + i) - means.get(r)) * scales.get(r);
        double d = gradient.get(r * n + i);
        sums[i] += d;
        products[i] += d * normal;
        a += d * at(gamma, i, 1);
        b += d * at(gamma, i, 1) * normal;
      }
      double shift = centred ? a / n : 0;
      for (int i = 0; i < n; i++) {
        double normal = (from.get(r * n + i) - means.get(r)) * scales.get(r);
        double g = gradient.get(r * n + i) * at(gamma, i, 1);
        to.set(r * n + i, scales.get(r) * (g - shift - normal * b / n));
      }
    }
    if (dgamma != null) {
      Elements.of(dgamma).setAll(products);
    }
    if (dbeta != null) {
      Elements.of(dbeta).setAll(sums);
    }
  }
}
