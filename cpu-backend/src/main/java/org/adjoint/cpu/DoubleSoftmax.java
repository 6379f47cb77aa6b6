package org.adjoint.cpu;

import org.adjoint.tensor.Tensor;

/** Softmax and cross-entropy in float64: plain loops, for gradient checks. */
final class DoubleSoftmax {
  /** An element's StrictMath.exp, in fused multiply-adds. */
  private static final long EXP = 60;

  private DoubleSoftmax() {}

  static void softmax(Tensor x, Tensor y) {
    int n = x.dim(-1);
    double[] from = Heap.doubles(x);
    double[] to = Heap.doubles(y);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int r = first * n; r < last * n; r += n) {
          double max = max(from, fromAt + r, n);
          double sum = sumOfExp(from, fromAt + r, n, max);
          for (int i = r; i < r + n; i++) {
            to[toAt + i] = StrictMath.exp(from[fromAt + i] - max) / sum;
          }
        }
      }
    }.split(x.size() / n, 2 * EXP * x.size());
  }

  static void logSoftmax(Tensor x, Tensor y) {
    int n = x.dim(-1);
    double[] from = Heap.doubles(x);
    double[] to = Heap.doubles(y);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int r = first * n; r < last * n; r += n) {
          logRow(from, fromAt + r, n, to, toAt + r);
        }
      }
    }.split(x.size() / n, EXP * x.size());
  }

  private static void logRow(double[] x, int xAt, int n, double[] y, int yAt) {
    double max = max(x, xAt, n);
    // As in FloatSoftmax: the logarithm of 1 + rest has all its digits.
    double rest = 0;
    int equal = 0;
    for (int i = xAt; i < xAt + n; i++) {
      double d = x[i] - max;
      if (d == 0) {
        equal++;
      } else {
        rest += StrictMath.exp(d);
      }
    }
    double log = StrictMath.log1p(rest + (equal - 1));
    for (int i = 0; i < n; i++) {
      y[yAt + i] = x[xAt + i] - max - log;
    }
  }

  private static double max(double[] x, int at, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = at; i < at + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  private static double sumOfExp(double[] x, int at, int n, double max) {
    double sum = 0;
    for (int i = at; i < at + n; i++) {
      sum += StrictMath.exp(x[i] - max);
    }
    return sum;
  }

  static void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    int n = y.dim(-1);
    double[] value = Heap.doubles(y);
    double[] gradient = Heap.doubles(dy);
    double[] to = Heap.doubles(dx);
    int valueAt = Heap.at(y);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int r = first * n; r < last * n; r += n) {
          double dot = 0;
          for (int i = r; i < r + n; i++) {
            dot += value[valueAt + i] * gradient[gradientAt + i];
          }
          for (int i = r; i < r + n; i++) {
            to[toAt + i] = value[valueAt + i] * (gradient[gradientAt + i] - dot);
          }
        }
      }
    }.split(y.size() / n, 2L * y.size());
  }

  static void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    int n = y.dim(-1);
    double[] value = Heap.doubles(y);
    double[] gradient = Heap.doubles(dy);
    double[] to = Heap.doubles(dx);
    int valueAt = Heap.at(y);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int r = first * n; r < last * n; r += n) {
          double sum = 0;
          for (int i = r; i < r + n; i++) {
            sum += gradient[gradientAt + i];
          }
          for (int i = r; i < r + n; i++) {
            to[toAt + i] = gradient[gradientAt + i] - StrictMath.exp(value[valueAt + i]) * sum;
          }
        }
      }
    }.split(y.size() / n, EXP * y.size());
  }

  static void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    int n = logits.dim(1);
    double[] from = Heap.doubles(logits);
    double[] to = Heap.doubles(logProbabilities);
    int[] label = Heap.ints(labels);
    double[] loss = Heap.doubles(losses);
    int fromAt = Heap.at(logits);
    int toAt = Heap.at(logProbabilities);
    int labelAt = Heap.at(labels);
    int lossAt = Heap.at(losses);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int i = first; i < last; i++) {
          logRow(from, fromAt + i * n, n, to, toAt + i * n);
          loss[lossAt + i] = -to[toAt + i * n + label[labelAt + i]];
        }
      }
    }.split(logits.dim(0), EXP * logits.size());
  }

  static void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    int n = dlogits.dim(1);
    double[] from = Heap.doubles(logProbabilities);
    int[] label = Heap.ints(labels);
    double[] gradient = Heap.doubles(dlosses);
    double[] to = Heap.doubles(dlogits);
    int fromAt = Heap.at(logProbabilities);
    int labelAt = Heap.at(labels);
    int gradientAt = Heap.at(dlosses);
    int step = dlosses.layout().stride(0);
    int toAt = Heap.at(dlogits);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int i = first; i < last; i++) {
          double g = gradient[gradientAt + i * step];
          for (int k = i * n; k < i * n + n; k++) {
            double target = k == i * n + label[labelAt + i] ? 1 : 0;
            to[toAt + k] = (StrictMath.exp(from[fromAt + k]) - target) * g;
          }
        }
      }
    }.split(dlogits.dim(0), EXP * dlogits.size());
  }
}
