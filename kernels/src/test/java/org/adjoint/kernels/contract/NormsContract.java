package org.adjoint.kernels.contract;

import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link NormKernels}. */
public abstract class NormsContract extends KernelsContract {
  private static final double EPSILON = 1e-5;

  private NormKernels norms() {
    return kernels().norms();
  }

  private static int[][] shapes(int n) {
    return new int[][] {{n, 3, 1}, {n, 2, 5}, {2, n, 3}, {3, 2, n}, {1, 1, n}};
  }

  private void check(Tensor x) {
    statistics(x);
    int c = x.dim(1);
    DType dtype = x.dtype();
    Tensor mean = between(dtype, 1, -0.1, 0.1, c);
    Tensor variance = between(dtype, 2, 0.2, 1, c);
    Tensor gamma = between(dtype, 3, 0.5, 1.5, c);
    Tensor beta = random(dtype, 4, c);
    forward(x, mean, variance, gamma, beta);
    gradient(x, mean, variance, gamma, random(dtype, 5, x.shape().toArray()));
  }

  private void statistics(Tensor x) {
    int c = x.dim(1);
    Tensor mean = garbage(x.dtype(), c);
    Tensor variance = garbage(x.dtype(), c);
    norms().batchStatistics(x, mean, variance);
    Tensor m = blank(c);
    Tensor v = blank(c);
    reference().norms().batchStatistics(exact(x), m, v);
    Tensor size = blank(c);
    reference().norms().batchStatistics(magnitude(x), size, blank(c));
    long n = (long) x.dim(0) * x.dim(2);
    assertBound("mean of " + x.shape(), mean, m.toDoubleArray(), size.toDoubleArray(), n);
    double[] s = v.toDoubleArray();
    for (int i = 0; i < s.length; i++) {
      // The differences from the mean are rounded relative to it.
      s[i] += Math.abs(m.toDoubleArray()[i]) * Math.sqrt(s[i]);
    }
    assertBound("variance of " + x.shape(), variance, v.toDoubleArray(), s, n);
  }

  private void forward(Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta) {
    Tensor y = garbage(x.dtype(), x.shape().toArray());
    norms().batchNorm(x, mean, variance, gamma, beta, EPSILON, y);
    Tensor r = blankLike(x);
    reference()
        .norms()
        .batchNorm(exact(x), exact(mean), exact(variance), exact(gamma), exact(beta), EPSILON, r);
    double[] v = x.toDoubleArray();
    double[] s = new double[v.length];
    for (int i = 0; i < s.length; i++) {
      int c = i / x.dim(2) % x.dim(1);
      double normal = normalised(v[i], mean, variance, c);
      s[i] = normal * Math.abs(gamma.get(c)) + Math.abs(beta.get(c));
    }
    assertBound("y of " + x.shape(), y, r.toDoubleArray(), s, 2);
  }

  /** (|x| + |mean|)/√(variance + ε): what the roundings of x̂ are relative to. */
  private static double normalised(double x, Tensor mean, Tensor variance, int c) {
    return (Math.abs(x) + Math.abs(mean.get(c))) / Math.sqrt(variance.get(c) + EPSILON);
  }

  private void gradient(Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor dy) {
    int channels = x.dim(1);
    Tensor dx = garbage(x.dtype(), x.shape().toArray());
    Tensor dgamma = garbage(x.dtype(), channels);
    Tensor dbeta = garbage(x.dtype(), channels);
    norms().batchNormGradient(x, mean, variance, gamma, EPSILON, dy, dx, dgamma, dbeta);
    Tensor rx = blankLike(x);
    Tensor rg = blank(channels);
    Tensor rb = blank(channels);
    reference()
        .norms()
        .batchNormGradient(
            exact(x), exact(mean), exact(variance), exact(gamma), EPSILON, exact(dy), rx, rg, rb);
    double n = (double) x.dim(0) * x.dim(2);
    double[] v = x.toDoubleArray();
    double[] g = dy.toDoubleArray();
    double[] sums = new double[channels];
    double[] products = new double[channels];
    for (int i = 0; i < v.length; i++) {
      int c = i / x.dim(2) % channels;
      sums[c] += Math.abs(g[i]);
      products[c] += Math.abs(g[i]) * normalised(v[i], mean, variance, c);
    }
    double[] s = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      int c = i / x.dim(2) % channels;
      double scale = Math.abs(gamma.get(c)) / Math.sqrt(variance.get(c) + EPSILON);
      double normal = normalised(v[i], mean, variance, c);
      s[i] = scale * (Math.abs(g[i]) + sums[c] / n + normal * products[c] / n);
    }
    String what = " of " + x.shape();
    assertBound("dbeta" + what, dbeta, rb.toDoubleArray(), sums, (long) n);
    assertBound("dgamma" + what, dgamma, rg.toDoubleArray(), products, (long) n);
    assertBound("dx" + what, dx, rx.toDoubleArray(), s, (long) n);
  }

  @Test
  void everySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        for (int[] dims : shapes(n)) {
          check(random(dtype, n, dims));
        }
      }
      check(random(dtype, 1, 16, 5, 49));
    }
  }

  @Test
  void emptyBatches() {
    for (DType dtype : FLOATING) {
      for (int[] dims : new int[][] {{0, 3, 4}, {2, 3, 0}, {2, 0, 4}}) {
        check(Tensor.zeros(backend(), dtype, dims));
      }
    }
  }

  @Test
  void viewsAndLargeMeans() {
    for (DType dtype : FLOATING) {
      for (Tensor view : views(random(dtype, 1, 6, 4, 9))) {
        check(view);
      }
      // E[x²] − E[x]² would lose everything here.
      statistics(between(dtype, 1, 1000, 1001, 50, 3, 20));
    }
  }

  @Test
  void notANumberStaysInItsChannel() {
    for (DType dtype : FLOATING) {
      double[] v = numbers(1, 4 * 3 * 10, -1, 1);
      v[15] = Double.NaN;
      statistics(tensor(dtype, v, 4, 3, 10));
      v[15] = Double.POSITIVE_INFINITY;
      Tensor x = tensor(dtype, v, 4, 3, 10);
      Tensor mean = garbage(dtype, 3);
      Tensor variance = garbage(dtype, 3);
      norms().batchStatistics(x, mean, variance);
      double[] infinite = {mean.get(1), variance.get(1)};
      assertSame("infinity", infinite, new double[] {Double.POSITIVE_INFINITY, Double.NaN});
    }
  }

  @Test
  void smallBatchByHand() {
    Tensor x = tensor(DType.F64, new double[] {1, 3, 5, 7}, 2, 1, 2);
    Tensor mean = garbage(DType.F64, 1);
    Tensor variance = garbage(DType.F64, 1);
    norms().batchStatistics(x, mean, variance);
    assertSame("mean", mean.toDoubleArray(), new double[] {4});
    assertSame("variance", variance.toDoubleArray(), new double[] {5});
    Tensor gamma = tensor(DType.F64, new double[] {2}, 1);
    Tensor beta = tensor(DType.F64, new double[] {10}, 1);
    Tensor four = tensor(DType.F64, new double[] {4}, 1);
    Tensor y = garbageLike(x);
    norms().batchNorm(x, mean, four, gamma, beta, 0, y);
    assertSame("y", y.toDoubleArray(), new double[] {7, 9, 11, 13});
    // The same by the formula: x̂ = −1.5, −0.5, 0.5, 1.5; dβ = 1; dγ = −1.5; dx = dy − ¼ +
    // 0.375·x̂.
    Tensor dy = tensor(DType.F64, new double[] {1, 0, 0, 0}, 2, 1, 2);
    Tensor dx = garbageLike(x);
    Tensor dgamma = garbageLike(gamma);
    Tensor dbeta = garbageLike(beta);
    norms().batchNormGradient(x, mean, four, gamma, 0, dy, dx, dgamma, dbeta);
    assertSame("dbeta", dbeta.toDoubleArray(), new double[] {1});
    assertSame("dgamma", dgamma.toDoubleArray(), new double[] {-1.5});
    assertSame("dx", dx.toDoubleArray(), new double[] {0.1875, -0.4375, -0.0625, 0.3125});
  }
}
