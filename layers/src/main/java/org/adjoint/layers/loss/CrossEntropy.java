package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.RowLosses;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy from logits, the mean over the batch of −log softmax(logits)[label]; or −Σ t·log
 * softmax(logits) for targets that are probabilities.
 *
 * <p>Options: a weight for each class, by which the mean divides, too; smoothing of labels, t ←
 * (1−ε)·t + ε/K (Szegedy et al., 2016); a label that is left out, such as that of padding.
 *
 * <p><b>Shapes</b> logits [batch, classes]; labels int32 [batch], or probabilities like the logits.
 * A label outside 0 … classes − 1 that is not left out is refused by an {@link
 * org.adjoint.tensor.AdjointException}. A batch of which every label is left out has the mean NaN
 * and the gradient 0, as with PyTorch.
 */
public final class CrossEntropy implements Loss {
  /** The label that PyTorch leaves out unless told otherwise. */
  public static final int IGNORED = -100;

  private final @Nullable Tensor weights;
  private final double smoothing;
  private final @Nullable Integer ignore;
  private final Reduction reduction;

  /** Creates the loss without options. */
  public CrossEntropy() {
    this(null, 0, null, Reduction.MEAN);
  }

  private CrossEntropy(
      @Nullable Tensor weights, double smoothing, @Nullable Integer ignore, Reduction reduction) {
    this.weights = weights;
    this.smoothing = smoothing;
    this.ignore = ignore;
    this.reduction = reduction;
  }

  /** Returns this loss with a weight for each class, [classes]. */
  public CrossEntropy weights(Tensor classes) {
    return new CrossEntropy(classes, smoothing, ignore, reduction);
  }

  /**
   * Returns this loss with smoothed targets.
   *
   * @param epsilon ε in [0, 1]
   * @throws ArgumentException if it is not
   */
  public CrossEntropy labelSmoothing(double epsilon) {
    if (!(epsilon >= 0 && epsilon <= 1)) {
      throw new ArgumentException("cross_entropy", "epsilon", epsilon, "it must be from 0 to 1");
    }
    return new CrossEntropy(weights, epsilon, ignore, reduction);
  }

  /** Returns this loss without the rows of a label; see {@link #IGNORED}. */
  public CrossEntropy ignore(int label) {
    return new CrossEntropy(weights, smoothing, label, reduction);
  }

  /** Returns this loss with another reduction; it is the mean at first. */
  public CrossEntropy reduction(Reduction other) {
    return new CrossEntropy(weights, smoothing, ignore, other);
  }

  @Override
  public Variable of(Variable logits, Tensor target) {
    Checks.notEmpty("cross_entropy", logits);
    boolean labels = target.dtype() == DType.I32;
    if (labels && weights == null && smoothing == 0 && ignore == null) {
      return reduction.of(Softmax.crossEntropy(logits, target));
    }
    Shape shape = logits.shape();
    if (shape.rank() != 2) {
      throw new ShapeException(
          "cross_entropy", "logits", shape, "they must be [batch, classes]; reshape them");
    }
    if (!labels) {
      Checks.alike("cross_entropy", logits, target);
    }
    RowLosses.Targets targets =
        labels
            ? RowLosses.labels(target, shape.dim(1), logits, weights, smoothing, ignore)
            : RowLosses.probabilities(Variable.of(target), weights, smoothing);
    Variable losses = targets.of(Softmax.logSoftmax(logits, 1));
    return reduction == Reduction.MEAN ? losses.sum().div(targets.total()) : reduction.of(losses);
  }
}
