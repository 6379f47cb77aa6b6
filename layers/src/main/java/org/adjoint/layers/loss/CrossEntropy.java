package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.tensor.Tensor;

/**
 * Cross-entropy from logits, the mean over the batch of −log softmax(logits)[label].
 *
 * <p><b>Shapes</b> logits [batch, classes], labels int32 [batch]. A label outside 0 … classes − 1
 * is refused by an {@link org.adjoint.tensor.AdjointException}.
 */
public final class CrossEntropy implements Loss {
  /** Creates the loss. */
  public CrossEntropy() {}

  @Override
  public Variable of(Variable logits, Tensor labels) {
    Checks.notEmpty("cross_entropy", logits);
    return Softmax.crossEntropy(logits, labels).mean();
  }
}
