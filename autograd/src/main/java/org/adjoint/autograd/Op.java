package org.adjoint.autograd;

import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One application of an operation. An op has a rule for its gradient or is non-differentiable by
 * type; there is no third case. An instance is made for each application and may keep in fields
 * what its gradient needs.
 */
public sealed interface Op {
  /** Returns the name by which users know the operation, {@code matmul}. */
  String name();

  /**
   * Computes the result.
   *
   * @param kernels the kernels of the inputs' device
   * @param inputs the operands
   * @return a new tensor made by {@link Tensor#result}, or a view of an operand
   * @throws org.adjoint.tensor.ShapeException if the operands' shapes do not fit
   */
  Tensor forward(Kernels kernels, Tensor... inputs);

  /** An op with a gradient. */
  non-sealed interface Differentiable extends Op {
    /**
     * Returns the vector-Jacobian products: for each input that {@link Vjp#needs} is asked about,
     * the gradient of the scalar loss with respect to it, given {@link Vjp#dy}; null for the
     * others. A gradient may have the shape of the output where the input was broadcast: the engine
     * sums it.
     *
     * <p>The rule is written with differentiable operations, so that it can be differentiated
     * again. Where a fused kernel is faster, it is used when {@link Vjp#createGraph} is false.
     */
    @Nullable Variable[] vjp(Vjp v);
  }

  /** An op without a gradient: asking for one through it is an error that names it. */
  non-sealed interface NonDifferentiable extends Op {}
}
