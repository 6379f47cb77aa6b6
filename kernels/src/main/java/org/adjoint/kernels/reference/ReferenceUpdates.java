package org.adjoint.kernels.reference;

import java.util.Arrays;
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
    update(step, elements(tensors), 0, tensors[0].size());
  }

  @Override
  public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
    Tensor p = tensors[0];
    Tensor gradient = Tensor.zeros(p.device(), p.dtype(), p.shape().toArray());
    new ReferenceIndexing().indexAdd(tensors[1], 0, index, gradient);
    Tensor[] whole = tensors.clone();
    whole[1] = gradient;
    Elements[] elements = elements(whole);
    int width = p.dim(1);
    for (int row : Arrays.stream(index.toIntArray()).distinct().toArray()) {
      update(step, elements, row * width, (row + 1) * width);
    }
  }

  private static Elements[] elements(Tensor... tensors) {
    Elements[] elements = new Elements[tensors.length];
    for (int k = 0; k < tensors.length; k++) {
      elements[k] = Elements.of(tensors[k]);
    }
    return elements;
  }

  private static void update(UpdateStep step, Elements[] elements, int first, int end) {
    List<Expr> results = step.rule().results();
    double[] before = new double[elements.length];
    for (int i = first; i < end; i++) {
      for (int k = 0; k < before.length; k++) {
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
