package org.adjoint.kernels;

import java.util.List;
import org.adjoint.tensor.Tensor;

/** Formulas made ready by {@link FusedKernels#compile}: one pass that writes all results. */
@FunctionalInterface
public interface FusedLoop {
  /**
   * Computes every result at every element. All operands of an element are read before any of its
   * results is written, so a result may be an operand, element for element.
   *
   * @param operands the operands in the order of their numbers; each broadcasts to the shape of the
   *     results
   * @param parameters the scalar parameters in the order of their numbers
   * @param results one contiguous tensor for each formula, all of one shape and of the type that
   *     the formulas were compiled for
   * @throws org.adjoint.tensor.AdjointException if a count, a type or a shape does not fit
   */
  void run(List<Tensor> operands, double[] parameters, List<Tensor> results);
}
