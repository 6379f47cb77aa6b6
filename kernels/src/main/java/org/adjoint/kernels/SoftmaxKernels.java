package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;

/** Softmax over the last axis, and cross-entropy. Tensors are contiguous. */
public interface SoftmaxKernels {
  /** y = exp(x − max) / Σ exp(x − max) along the last axis. */
  void softmax(Tensor x, Tensor y);

  /** y = x − max − log Σ exp(x − max) along the last axis. */
  void logSoftmax(Tensor x, Tensor y);

  /** dx = y · (dy − Σ y·dy) along the last axis, from y = softmax(x). */
  void softmaxGradient(Tensor y, Tensor dy, Tensor dx);

  /** dx = dy − exp(y) · Σ dy along the last axis, from y = logSoftmax(x). */
  void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx);

  /**
   * losses[i] = −logSoftmax(logits[i])[labels[i]].
   *
   * @param logits [n, classes]
   * @param labels int32 [n], each from 0 to classes − 1
   * @param logProbabilities [n, classes], receives logSoftmax(logits) for the gradient
   * @param losses [n]
   */
  void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses);

  /**
   * dlogits[i] = (exp(logProbabilities[i]) − onehot(labels[i])) · dlosses[i].
   *
   * @param logProbabilities [n, classes], as {@link #crossEntropy} left it
   * @param labels int32 [n]
   * @param dlosses [n], or expanded from a scalar (stride 0)
   * @param dlogits [n, classes]
   */
  void crossEntropyGradient(Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits);
}
