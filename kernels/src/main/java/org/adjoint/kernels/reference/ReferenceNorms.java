package org.adjoint.kernels.reference;

import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.Tensor;

/** Batch normalisation over [n, channels, spatial]. */
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
}
