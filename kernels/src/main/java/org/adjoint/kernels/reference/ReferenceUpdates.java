package org.adjoint.kernels.reference;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.Tensor;

/** Optimizer steps, element by element as their formulas stand. */
final class ReferenceUpdates implements UpdateKernels {
  @Override
  public void update(UpdateStep step, Tensor... tensors) {
    List<Expr> results = step.rule().results();
    Elements[] elements = new Elements[tensors.length];
    for (int k = 0; k < tensors.length; k++) {
      elements[k] = Elements.of(tensors[k]);
    }
    double[] before = new double[tensors.length];
    for (int i = 0; i < elements[0].size(); i++) {
      for (int k = 0; k < tensors.length; k++) {
        before[k] = elements[k].get(i);
      }
      for (int r = 0; r < results.size(); r++) {
        // The gradient stands between the parameter and the states, and is not a result.
        elements[r == 0 ? 0 : r + 1].set(
            i, ExprEvaluator.evaluate(results.get(r), before, step.numbers()));
      }
    }
  }
}
