package org.adjoint.cpu;

import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.tensor.Tensor;

/**
 * Softmax and cross-entropy, row by row: float32 by {@link FloatSoftmax}, float64 by {@link
 * DoubleSoftmax}.
 */
final class CpuSoftmax implements SoftmaxKernels {
  private final FloatSoftmax single;

  CpuSoftmax(FloatRows rows, RowLoops loops, ExpLoop exp) {
    single = new FloatSoftmax(rows, loops, exp);
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    if (Heap.isSingle(x)) {
      single.softmax(x, y);
    } else {
      DoubleSoftmax.softmax(x, y);
    }
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    if (Heap.isSingle(x)) {
      single.logSoftmax(x, y);
    } else {
      DoubleSoftmax.logSoftmax(x, y);
    }
  }

  @Override
  public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    if (Heap.isSingle(y)) {
      single.softmaxGradient(y, dy, dx);
    } else {
      DoubleSoftmax.softmaxGradient(y, dy, dx);
    }
  }

  @Override
  public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    if (Heap.isSingle(y)) {
      single.logSoftmaxGradient(y, dy, dx);
    } else {
      DoubleSoftmax.logSoftmaxGradient(y, dy, dx);
    }
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    if (Heap.isSingle(logits)) {
      single.crossEntropy(logits, labels, logProbabilities, losses);
    } else {
      DoubleSoftmax.crossEntropy(logits, labels, logProbabilities, losses);
    }
  }

  @Override
  public void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    if (Heap.isSingle(logProbabilities)) {
      single.crossEntropyGradient(logProbabilities, labels, dlosses, dlogits);
    } else {
      DoubleSoftmax.crossEntropyGradient(logProbabilities, labels, dlosses, dlogits);
    }
  }
}
