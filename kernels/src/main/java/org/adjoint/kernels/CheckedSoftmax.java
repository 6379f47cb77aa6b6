package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of softmax and cross-entropy; see {@link CheckedKernels}. */
final class CheckedSoftmax implements SoftmaxKernels {
  private final Arguments check;
  private final SoftmaxKernels raw;

  CheckedSoftmax(Arguments check, SoftmaxKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    rows("softmax", "x", x);
    result("softmax", "y", y, "x", x);
    if (y.size() > 0) {
      raw.softmax(check.contiguous(x), y);
    }
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    rows("log_softmax", "x", x);
    result("log_softmax", "y", y, "x", x);
    if (y.size() > 0) {
      raw.logSoftmax(check.contiguous(x), y);
    }
  }

  @Override
  public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    gradient("softmax gradient", y, dy, dx);
    if (dx.size() > 0) {
      raw.softmaxGradient(check.contiguous(y), check.contiguous(dy), dx);
    }
  }

  @Override
  public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    gradient("log_softmax gradient", y, dy, dx);
    if (dx.size() > 0) {
      raw.logSoftmaxGradient(check.contiguous(y), check.contiguous(dy), dx);
    }
  }

  private void gradient(String op, Tensor y, Tensor dy, Tensor dx) {
    rows(op, "y", y);
    check.typed(op, "dy", dy, y.dtype());
    check.shapeOf(op, "dy", dy, y);
    result(op, "dx", dx, "y", y);
    check.apart(op, "dx", dx, "dy", dy);
  }

  private void rows(String op, String name, Tensor t) {
    check.floating(op, name, t);
    if (t.rank() == 0) {
      throw new ShapeException(op, name, "a scalar", "it needs an axis to run along");
    }
  }

  private void result(String op, String name, Tensor out, String otherName, Tensor other) {
    check.typed(op, name, out, other.dtype());
    check.shapeOf(op, name, out, other);
    check.dense(op, name, out);
    check.apart(op, name, out, otherName, other);
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    String op = "cross_entropy";
    check.floating(op, "logits", logits);
    check.rank(op, "logits", logits, 2, "[n, classes]");
    int n = logits.dim(0);
    check.typed(op, "labels", labels, DType.I32);
    check.shape(op, "labels", labels, n);
    result(op, "logProbabilities", logProbabilities, "logits", logits);
    check.typed(op, "losses", losses, logits.dtype());
    check.shape(op, "losses", losses, n);
    check.dense(op, "losses", losses);
    check.apart(op, "losses", losses, "logits", logits);
    check.apart(op, "losses", losses, "logProbabilities", logProbabilities);
    Tensor classes = check.indices(op, "labels", labels, logits.dim(1));
    if (n > 0) {
      raw.crossEntropy(check.contiguous(logits), classes, logProbabilities, losses);
    }
  }

  @Override
  public void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    String op = "cross_entropy gradient";
    check.floating(op, "logProbabilities", logProbabilities);
    check.rank(op, "logProbabilities", logProbabilities, 2, "[n, classes]");
    int n = logProbabilities.dim(0);
    check.typed(op, "labels", labels, DType.I32);
    check.shape(op, "labels", labels, n);
    check.typed(op, "dlosses", dlosses, logProbabilities.dtype());
    check.shape(op, "dlosses", dlosses, n);
    result(op, "dlogits", dlogits, "logProbabilities", logProbabilities);
    check.apart(op, "dlogits", dlogits, "dlosses", dlosses);
    Tensor classes = check.indices(op, "labels", labels, logProbabilities.dim(1));
    if (n > 0) {
      boolean one = dlosses.layout().stride(0) == 0;
      raw.crossEntropyGradient(
          check.contiguous(logProbabilities),
          classes,
          one ? dlosses : check.contiguous(dlosses),
          dlogits);
    }
  }
}
