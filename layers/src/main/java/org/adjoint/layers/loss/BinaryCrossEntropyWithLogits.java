package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.tensor.Tensor;

/**
 * Cross-entropy of independent yes-or-no targets t in [0, 1] from logits x, element by element:
 * max(x, 0) − x·t + ln(1 + e^−|x|), which never overflows.
 *
 * <p><b>Shapes</b> logits and targets of one shape and dtype.
 */
public final class BinaryCrossEntropyWithLogits implements Loss {
  private final boolean mean;

  private BinaryCrossEntropyWithLogits(boolean mean) {
    this.mean = mean;
  }

  /** Returns the mean over all elements. */
  public static BinaryCrossEntropyWithLogits mean() {
    return new BinaryCrossEntropyWithLogits(true);
  }

  /** Returns the sum over all elements. */
  public static BinaryCrossEntropyWithLogits sum() {
    return new BinaryCrossEntropyWithLogits(false);
  }

  @Override
  public Variable of(Variable logits, Tensor targets) {
    Checks.alike("binary_cross_entropy", logits, targets);
    Variable losses = Elementwise.binary(BinaryOp.BCE_LOGITS, logits, Variable.of(targets));
    return mean ? losses.mean() : losses.sum();
  }
}
