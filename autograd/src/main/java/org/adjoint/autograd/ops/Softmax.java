package org.adjoint.autograd.ops;

import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Softmax, its logarithm, and cross-entropy. */
public final class Softmax {
  private Softmax() {}

  /**
   * Returns exp(x) / Σ exp(x) along an axis.
   *
   * <p><b>Backward</b> dx = y · (dy − Σ y·dy). <b>Shapes</b> y like x. <b>Saved</b> y.
   */
  public static Variable softmax(Variable x, int axis) {
    return alongLast("softmax", x, axis, false);
  }

  /**
   * Returns x − log Σ exp(x) along an axis.
   *
   * <p><b>Backward</b> dx = dy − exp(y) · Σ dy. <b>Shapes</b> y like x. <b>Saved</b> y.
   */
  public static Variable logSoftmax(Variable x, int axis) {
    return alongLast("log_softmax", x, axis, true);
  }

  private static Variable alongLast(String op, Variable x, int axis, boolean log) {
    int a = x.shape().axis(op, axis);
    int last = x.shape().rank() - 1;
    if (a == last) {
      return Graph.apply(new Soft(log), x);
    }
    return Graph.apply(new Soft(log), x.transpose(a, last)).transpose(a, last);
  }

  /**
   * Returns the cross-entropy of each row, −log softmax(logits)[label].
   *
   * <p><b>Backward</b> dlogits = (softmax(logits) − onehot(labels)) · dy. <b>Shapes</b> logits [n,
   * classes], labels int32 [n] → [n]. <b>Saved</b> log softmax(logits) and the labels.
   *
   * @throws ShapeException if the shapes do not fit, or a label is outside 0 … classes − 1
   */
  public static Variable crossEntropy(Variable logits, Tensor labels) {
    return Graph.apply(new CrossEntropy(labels), logits);
  }

  private record Soft(boolean log) implements Op.Differentiable {
    @Override
    public String name() {
      return log ? "log_softmax" : "softmax";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      if (log) {
        kernels.softmax().logSoftmax(x, y);
      } else {
        kernels.softmax().softmax(x, y);
      }
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable y = v.output();
      Variable dy = v.dy();
      if (v.createGraph()) {
        Shape shape = y.shape();
        if (log) {
          Variable sum = Reductions.keepAxes(Reductions.sum(dy, -1), shape, -1);
          return Vjp.gradients(dy.sub(y.exp().mul(sum)));
        }
        Variable sum = Reductions.keepAxes(Reductions.sum(y.mul(dy), -1), shape, -1);
        return Vjp.gradients(y.mul(dy.sub(sum)));
      }
      Tensor dx = Vjp.like(y.value());
      Tensor given = Views.compact(dy.value());
      if (log) {
        v.kernels().softmax().logSoftmaxGradient(y.value(), given, dx);
      } else {
        v.kernels().softmax().softmaxGradient(y.value(), given, dx);
      }
      return Vjp.gradients(Variable.of(dx));
    }
  }

  /** Keeps log softmax(logits) between forward and vjp. */
  private static final class CrossEntropy implements Op.Differentiable {
    private final Tensor labels;
    private @Nullable Tensor logProbabilities;

    CrossEntropy(Tensor labels) {
      this.labels = labels;
    }

    @Override
    public String name() {
      return "cross_entropy";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor logits = Views.compact(inputs[0]);
      if (logits.rank() != 2) {
        throw new ShapeException(
            name(), "logits", logits.shape(), "they must be [batch, classes]; reshape them");
      }
      Tensor log = Tensor.result(logits.device(), logits.dtype(), logits.shape());
      Tensor losses = Tensor.result(logits.device(), logits.dtype(), Shape.of(logits.dim(0)));
      kernels.softmax().crossEntropy(logits, labels, log, losses);
      logProbabilities = log;
      return losses;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable logits = v.input(0);
      if (v.createGraph()) {
        Variable target = Indexing.oneHot(labels, logits.shape().dim(1), logits.dtype());
        Variable difference = softmax(logits, 1).sub(target);
        return Vjp.gradients(difference.mul(v.dy().reshape(-1, 1)));
      }
      Tensor log = Objects.requireNonNull(logProbabilities);
      Tensor dlogits = Vjp.like(log);
      v.kernels().softmax().crossEntropyGradient(log, labels, v.dy().value(), dlogits);
      return Vjp.gradients(Variable.of(dlogits));
    }
  }
}
