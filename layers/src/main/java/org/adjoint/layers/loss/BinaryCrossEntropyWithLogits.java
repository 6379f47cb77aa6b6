package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.ElementLosses;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of independent yes-or-no targets t in [0, 1] from logits x, element by element:
 * max(x, 0) − x·t + ln(1 + e^−|x|), which never overflows. With a weight w of the positive class,
 * (1−t)·x + (1+(w−1)·t)·ln(1+e^−x).
 *
 * <p><b>Shapes</b> logits and targets of one shape and dtype.
 */
public final class BinaryCrossEntropyWithLogits implements Loss {
  private final Reduction reduction;
  private final @Nullable Variable positive;
  private final @Nullable Variable weights;

  private BinaryCrossEntropyWithLogits(
      Reduction reduction, @Nullable Variable positive, @Nullable Variable weights) {
    this.reduction = reduction;
    this.positive = positive;
    this.weights = weights;
  }

  /** Returns the mean over all elements. */
  public static BinaryCrossEntropyWithLogits mean() {
    return new BinaryCrossEntropyWithLogits(Reduction.MEAN, null, null);
  }

  /** Returns the sum over all elements. */
  public static BinaryCrossEntropyWithLogits sum() {
    return mean().reduction(Reduction.SUM);
  }

  /** Returns this loss with another reduction. */
  public BinaryCrossEntropyWithLogits reduction(Reduction other) {
    return new BinaryCrossEntropyWithLogits(other, positive, weights);
  }

  /**
   * Returns this loss with the positive class weighted.
   *
   * @param weight w, broadcast to the logits
   */
  public BinaryCrossEntropyWithLogits positiveWeight(Tensor weight) {
    return new BinaryCrossEntropyWithLogits(reduction, Variable.of(weight), weights);
  }

  /**
   * Returns this loss with the loss of each element multiplied by a weight.
   *
   * @param elements broadcast to the logits
   */
  public BinaryCrossEntropyWithLogits weighted(Tensor elements) {
    return new BinaryCrossEntropyWithLogits(reduction, positive, Variable.of(elements));
  }

  @Override
  public Variable of(Variable logits, Tensor targets) {
    Checks.alike("binary_cross_entropy", logits, targets);
    Variable t = Variable.of(targets);
    Variable losses =
        positive == null
            ? Elementwise.binary(BinaryOp.BCE_LOGITS, logits, t)
            : ElementLosses.binaryCrossEntropyWithLogits(logits, t, positive);
    return reduction.of(weights == null ? losses : losses.mul(weights));
  }
}
