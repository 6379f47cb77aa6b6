package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** What every loss refuses. */
final class Checks {
  private Checks() {}

  /** Refuses an empty batch, whose mean would be NaN. */
  static void notEmpty(String op, Variable prediction) {
    if (prediction.value().size() == 0) {
      throw new ShapeException(
          op, "prediction", prediction.shape(), "an empty batch has no loss; skip it");
    }
  }

  /** Refuses an empty batch, and a target that would only fit by broadcasting. */
  static void alike(String op, Variable prediction, Tensor target) {
    notEmpty(op, prediction);
    if (!prediction.shape().equals(target.shape())) {
      throw new ShapeException(
          op,
          "target",
          target.shape(),
          "it must have the prediction's shape " + prediction.shape() + "; reshape one of them");
    }
  }
}
