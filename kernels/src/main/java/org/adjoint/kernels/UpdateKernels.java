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
