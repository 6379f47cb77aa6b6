package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.RowLosses;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The mean over the batch of −w[label]·x[label] for log-probabilities x, divided by the mean of
 * w[label]; what {@link CrossEntropy} does after its softmax.
 *
 * <p><b>Shapes</b> log-probabilities [batch, classes], labels int32 [batch].
 */
public final class NegativeLogLikelihood implements Loss {
  private final @Nullable Tensor weights;
  private final int ignore;
  private final Reduction reduction;

  /** Creates the loss without weights. */
  public NegativeLogLikelihood() {
    this(null, CrossEntropy.IGNORED, Reduction.MEAN);
  }

  /**
   * Creates the loss.
   *
   * @param weights w, [classes], or null for ones
   * @param ignore a label that is left out; any integer
   * @param reduction what becomes of the rows' losses
   */
  public NegativeLogLikelihood(@Nullable Tensor weights, int ignore, Reduction reduction) {
    this.weights = weights;
    this.ignore = ignore;
    this.reduction = reduction;
  }

  @Override
  public Variable of(Variable logProbabilities, Tensor labels) {
    Checks.notEmpty("nll_loss", logProbabilities);
    Shape shape = logProbabilities.shape();
    if (shape.rank() != 2) {
      throw new ShapeException(
          "nll_loss", "prediction", shape, "it must be [batch, classes]; reshape it");
    }
    RowLosses.Targets targets =
        RowLosses.labels(labels, shape.dim(1), logProbabilities, weights, 0, ignore);
    Variable losses = targets.of(logProbabilities);
    return reduction == Reduction.MEAN ? losses.sum().div(targets.total()) : reduction.of(losses);
  }
}
