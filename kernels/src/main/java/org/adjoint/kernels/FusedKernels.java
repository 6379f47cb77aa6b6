package org.adjoint.kernels;

import java.util.List;
import org.adjoint.tensor.DType;

/**
 * Turns formulas into one pass over memory. The reference interprets them in double arithmetic and
 * rounds once; a fast backend generates a loop whose steps are those of {@link Recipes}.
 */
@FunctionalInterface
public interface FusedKernels {
  /**
   * Makes a loop of one or more formulas over the same operands, as an optimizer needs that writes
   * the parameter and its moments together.
   *
   * @param formulas what to compute, one for each result; at least one
   * @param type float32 or float64
   * @throws org.adjoint.tensor.AdjointException if there is no formula or the type is not floating
   */
  FusedLoop compile(List<Expr> formulas, DType type);

  /** {@link #compile(List, DType)} of a single formula. */
  default FusedLoop compile(Expr formula, DType type) {
    return compile(List.of(formula), type);
  }
}
