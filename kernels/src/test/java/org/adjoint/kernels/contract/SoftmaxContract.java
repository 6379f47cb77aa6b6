package org.adjoint.kernels.contract;

import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link SoftmaxKernels}. */
public abstract class SoftmaxContract extends KernelsContract {
  private SoftmaxKernels softmax() {
    return kernels().softmax();
  }

  private void check(String what, Tensor x) {
    int n = Math.max(1, x.dim(-1));
    double[] v = x.toDoubleArray();
    Tensor y = garbageLike(x);
    softmax().softmax(x, y);
    Tensor r = blankLike(x);
    reference().softmax().softmax(exact(x), r);
    double[] p = r.toDoubleArray();
    double[] s = new double[v.length];
    for (int i = 0; i < s.length; i++) {
      // Rounding x − max is an error relative to that difference in the exponent.
      s[i] = p[i] * (1 + Math.abs(v[i] - max(v, i, n)));
    }
    assertBound(what + " softmax " + x.layout(), y, p, s, n);

    softmax().logSoftmax(x, y);
    reference().softmax().logSoftmax(exact(x), r);
    double[] l = r.toDoubleArray();
    for (int i = 0; i < s.length; i++) {
      double max = max(v, i, n);
      s[i] = Math.abs(v[i] - max) + Math.abs(v[i] - max - l[i]) + spread(v, p, i / n * n, n, max);
    }
    assertBound(what + " log softmax " + x.layout(), y, l, s, n);
  }

  /** Σ p·|x − max|: what rounding x − max does to the logarithm of the sum. */
  private static double spread(double[] v, double[] p, int row, int n, double max) {
    double sum = 0;
    for (int k = row; k < row + n; k++) {
      sum += v[k] == max || p[k] == 0 ? 0 : p[k] * Math.abs(v[k] - max);
    }
    return sum;
  }

  private static double max(double[] v, int i, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = i / n * n; k < i / n * n + n; k++) {
      max = Math.max(max, v[k]);
    }
    return max;
  }

  @Test
  void everyRowLength() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        check("vector", between(dtype, n, -5, 5, n));
        check("rows", between(dtype, n, -5, 5, 3, n));
        check("many", between(dtype, n, -5, 5, n, 3));
        check("deep", between(dtype, n, -50, 50, 2, 3, Math.min(n, 100)));
      }
      for (Tensor view : views(random(dtype, 1, 5, 6, 17))) {
        check("view", view);
      }
    }
  }

  @Test
  void specialNumbers() {
    double inf = Double.POSITIVE_INFINITY;
    double[][] rows = {
      {0, -inf, 1},
      {-inf, -inf, -inf},
      {inf, 0, 0},
      {Double.NaN, 0, 0},
      {1e30, -1e30, 0},
      {88, 89, 200},
      {-1000, -1000, -1000},
      {0.0, -0.0, 0.0}
    };
    for (DType dtype : FLOATING) {
      for (double[] row : rows) {
        check("special", tensor(dtype, row, 3));
        double[] longer = numbers(1, 60, -1, 1);
        System.arraycopy(row, 0, longer, 25, 3);
        check("special", tensor(dtype, longer, 2, 30));
      }
    }
  }

  @Test
  void gradients() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        checkGradients(dtype, 3, n);
        checkGradients(dtype, Math.min(n, 207), 5);
      }
    }
  }

  private void checkGradients(DType dtype, int rows, int n) {
    Tensor x = between(dtype, n, -4, 4, rows, n);
    Tensor dy = random(dtype, n + 1, rows, n);
    double[] g = dy.toDoubleArray();
    for (boolean log : new boolean[] {false, true}) {
      Tensor y = garbageLike(x);
      Tensor dx = garbageLike(x);
      Tensor r = blankLike(x);
      if (log) {
        softmax().logSoftmax(x, y);
        softmax().logSoftmaxGradient(y, dy, dx);
        reference().softmax().logSoftmaxGradient(exact(y), exact(dy), r);
      } else {
        softmax().softmax(x, y);
        softmax().softmaxGradient(y, dy, dx);
        reference().softmax().softmaxGradient(exact(y), exact(dy), r);
      }
      double[] v = y.toDoubleArray();
      double[] s = new double[v.length];
      for (int i = 0; i < s.length; i++) {
        double sum = 0;
        for (int k = i / n * n; k < i / n * n + n; k++) {
          sum += log ? Math.abs(g[k]) : Math.abs(v[k] * g[k]);
        }
        double weight = log ? Math.exp(v[i]) : v[i];
        s[i] = log ? Math.abs(g[i]) + weight * sum : weight * (Math.abs(g[i]) + sum);
      }
      assertBound("gradient of " + n + " " + dtype + log, dx, r.toDoubleArray(), s, n);
      Tensor again = garbageLike(dx);
      for (Tensor view : views(dy)) {
        if (log) {
          softmax().logSoftmaxGradient(views(y).get(0), view, again);
        } else {
          softmax().softmaxGradient(views(y).get(0), view, again);
        }
        assertSame("views", again.toDoubleArray(), dx.toDoubleArray());
      }
    }
  }

  @Test
  void crossEntropy() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkCrossEntropy(dtype, 5, n);
        }
        checkCrossEntropy(dtype, n, 10);
      }
    }
  }

  private void checkCrossEntropy(DType dtype, int n, int classes) {
    Tensor logits = between(dtype, n, -5, 5, n, classes);
    Tensor labels = indices(n + 1, classes, n);
    Tensor logs = garbageLike(logits);
    Tensor losses = garbage(dtype, n);
    softmax().crossEntropy(logits, labels, logs, losses);

    Tensor plain = garbageLike(logits);
    softmax().logSoftmax(logits, plain);
    assertSame("log probabilities", logs.toDoubleArray(), plain.toDoubleArray());
    double[] expected = new double[n];
    int[] label = labels.toIntArray();
    for (int i = 0; i < n; i++) {
      expected[i] = -plain.get(i, label[i]);
    }
    assertUlp("losses", losses, expected, 0);

    for (Tensor dlosses :
        new Tensor[] {
          random(dtype, 3, n),
          random(dtype, 3, 2 * n).slice(0, 0, 2 * n, 2),
          tensor(dtype, new double[] {1.0 / 3}).expand(Shape.of(n))
        }) {
      Tensor dlogits = garbageLike(logits);
      softmax().crossEntropyGradient(logs, labels, dlosses, dlogits);
      Tensor r = blankLike(logits);
      reference().softmax().crossEntropyGradient(exact(logs), exact(labels), exact(dlosses), r);
      double[] l = logs.toDoubleArray();
      double[] g = dlosses.toDoubleArray();
      double[] s = new double[l.length];
      for (int i = 0; i < s.length; i++) {
        double target = i % classes == label[i / classes] ? 1 : 0;
        s[i] = (Math.exp(l[i]) + target) * Math.abs(g[i / classes]);
      }
      assertBound("cross-entropy " + logits.shape(), dlogits, r.toDoubleArray(), s, 2);
    }
  }

  @Test
  void crossEntropyByHand() {
    Tensor logits = tensor(DType.F64, new double[] {0, 0, 0, Math.log(3), 0, 0}, 2, 3);
    Tensor labels = tensor(DType.I32, new double[] {2, 0}, 2);
    Tensor logs = garbage(DType.F64, 2, 3);
    Tensor losses = garbage(DType.F64, 2);
    softmax().crossEntropy(logits, labels, logs, losses);
    double[] expected = {Math.log(3), Math.log(5.0 / 3)};
    assertBound("losses", losses, expected, new double[] {2, 2}, 3);
    Tensor dlogits = garbage(DType.F64, 2, 3);
    Tensor ones = tensor(DType.F64, new double[] {1, 10}, 2);
    softmax().crossEntropyGradient(logs, labels, ones, dlogits);
    double[] gradient = {1 / 3.0, 1 / 3.0, -2 / 3.0, -4, 2, 2};
    assertBound("gradient", dlogits, gradient, new double[] {2, 2, 2, 20, 20, 20}, 3);
  }
}
