package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.Tensor;

/**
 * The mean over all elements of (prediction − target)².
 *
 * <p><b>Shapes</b> prediction and target of one shape and dtype.
 */
public final class MeanSquaredError implements Loss {
  /** Creates the loss. */
  public MeanSquaredError() {}

  @Override
  public Variable of(Variable prediction, Tensor target) {
    Checks.alike("mean_squared_error", prediction, target);
    return prediction.sub(Variable.of(target)).square().mean();
  }
}
