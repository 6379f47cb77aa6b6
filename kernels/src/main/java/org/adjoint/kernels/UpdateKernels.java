package org.adjoint.kernels;

import java.util.function.Supplier;
import org.adjoint.tensor.Tensor;

/** One optimizer step on one parameter, in place and in one pass. All tensors have one shape. */
public interface UpdateKernels {
  /**
   * Makes a step by a rule: the parameter and the states become what its formulas say. The gradient
   * is not changed.
   *
   * @param step the rule and its numbers
   * @param tensors parameter, gradient, then the states in the order of the rule; all but the
   *     gradient are contiguous
   */
  void update(UpdateStep step, Tensor... tensors);

  /**
   * Makes a step by a rule in some rows of a table: what {@link #update} would make there of a
   * gradient of zeros with rows added, in their order; the rows that are not named stay. Where a
   * rule leaves a parameter without gradient as it is, and has no state, the whole table has the
   * bits of {@code update}.
   *
   * @param step the rule and its numbers
   * @param index the rows, int32 [n], in any order and also repeated
   * @param tensors parameter [rows, width], its gradient's rows [n, width], then the states, like
   *     the parameter, in the order of the rule; all but the gradient are contiguous
   */
  void updateRows(UpdateStep step, Tensor index, Tensor... tensors);

  /**
   * Returns a call of {@link #update} that may run again and again; see {@link
   * ElementwiseKernels#bindMap}.
   *
   * @param step asked now and at each run; rules may change, if they have as many states
   * @return runs the call
   */
  default Runnable bindUpdate(Supplier<UpdateStep> step, Tensor... tensors) {
    return () -> update(step.get(), tensors);
  }
}
