package org.adjoint.kernels.reference;

import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.tensor.Tensor;

/** Softmax row by row along the last axis, and cross-entropy. */
final class ReferenceSoftmax implements SoftmaxKernels {
  @Override
  public void softmax(Tensor x, Tensor y) {
    Elements from = Elements.of(x);
    Elements to = Elements.of(y);
    int n = x.dim(-1);
    for (int row = 0; row < from.size(); row += n) {
      double max = max(from, row, n);
      double sum = sumOfExp(from, row, n, max);
      for (int i = row; i < row + n; i++) {
        to.set(i, StrictMath.exp(from.get(i) - max) / sum);
      }
    }
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    Elements from = Elements.of(x);
    Elements to = Elements.of(y);
    int n = x.dim(-1);
    for (int row = 0; row < from.size(); row += n) {
      double max = max(from, row, n);
      double log = logOfSumOfExp(from, row, n, max);
      for (int i = row; i < row + n; i++) {
        to.set(i, from.get(i) - max - log);
      }
    }
  }

  private static double max(Elements x, int from, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + n; i++) {
      max = Math.max(max, x.get(i));
    }
    return max;
  }

  /** Σ exp(x − max), in which no term overflows. */
  private static double sumOfExp(Elements x, int from, int n, double max) {
    double sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += StrictMath.exp(x.get(i) - max);
    }
    return sum;
  }

  /**
   * log Σ exp(x − max) = log(1 + rest): the largest elements are counted instead of added, so that
   * the logarithm of a sum near 1, the loss of a confident answer, has all its digits.
   */
  private static double logOfSumOfExp(Elements x, int from, int n, double max) {
    double rest = 0;
    int largest = 0;
    for (int i = from; i < from + n; i++) {
      double d = x.get(i) - max;
      if (d == 0) {
        largest++;
      } else {
        rest += StrictMath.exp(d);
      }
    }
    return StrictMath.log1p(rest + (largest - 1));
  }

  @Override
  public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    Elements value = Elements.of(y);
    Elements gradient = Elements.of(dy);
    Elements to = Elements.of(dx);
    int n = y.dim(-1);
    for (int row = 0; row < value.size(); row += n) {
      double dot = 0;
      for (int i = row; i < row + n; i++) {
        dot += value.get(i) * gradient.get(i);
      }
      for (int i = row; i < row + n; i++) {
        to.set(i, value.get(i) * (gradient.get(i) - dot));
      }
    }
  }

  @Override
  public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    Elements value = Elements.of(y);
    Elements gradient = Elements.of(dy);
    Elements to = Elements.of(dx);
    int n = y.dim(-1);
    for (int row = 0; row < value.size(); row += n) {
      double sum = 0;
      for (int i = row; i < row + n; i++) {
        sum += gradient.get(i);
      }
      for (int i = row; i < row + n; i++) {
        to.set(i, gradient.get(i) - StrictMath.exp(value.get(i)) * sum);
      }
    }
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    logSoftmax(logits, logProbabilities);
    Elements from = Elements.of(logProbabilities);
    Elements label = Elements.of(labels);
    Elements to = Elements.of(losses);
    int classes = logits.dim(1);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, -from.get(i * classes + label.index(i)));
    }
  }

  @Override
  public void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    Elements from = Elements.of(logProbabilities);
    Elements label = Elements.of(labels);
    Elements gradient = Elements.of(dlosses);
    Elements to = Elements.of(dlogits);
    int classes = dlogits.dim(1);
    for (int i = 0; i < to.size(); i++) {
      int sample = i / classes;
      double target = i % classes == label.index(sample) ? 1 : 0;
      to.set(i, (StrictMath.exp(from.get(i)) - target) * gradient.get(sample));
    }
  }
}
