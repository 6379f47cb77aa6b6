package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;

/**
 * Kernels that compute each element of the result from the elements at the same place. Operands
 * broadcast to the shape of {@code out} by NumPy's rule and have its dtype unless stated otherwise;
 * {@code out} is contiguous and may be one of the operands.
 */
public interface ElementwiseKernels {
  /** Sets every element of {@code out} (any layout, any dtype) to {@code value}. */
  void fill(double value, Tensor out);

  /**
   * Copies {@code x}, broadcast to the shape of {@code out}; either may have any layout and any
   * dtype. Floating to int32 truncates towards zero, float64 to float32 rounds to nearest even.
   */
  void copy(Tensor x, Tensor out);

  /**
   * out = f(x; α, β).
   *
   * @param op the function f
   * @param x the operand, float32 or float64
   * @param alpha first parameter, ignored by functions without one
   * @param beta second parameter, ignored by functions without one
   * @param out the result
   */
  void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out);

  /**
   * dx = dy · f′(x), in one pass.
   *
   * @param op the function f
   * @param x the operand of the forward pass
   * @param y its result f(x)
   * @param dy the gradient of the result
   * @param dx the gradient of the operand
   */
  void unaryGradient(
      UnaryOp op, Tensor x, Tensor y, Tensor dy, double alpha, double beta, Tensor dx);

  /** out = f(a, b). Comparisons also take int32 operands and give 0 or 1 in the operands' dtype. */
  void binary(BinaryOp op, Tensor a, Tensor b, Tensor out);

  /**
   * out = dy · ∂f/∂a (side 0) or dy · ∂f/∂b (side 1), in the broadcast shape: the sum over
   * broadcast axes is the caller's.
   */
  void binaryGradient(BinaryOp op, int side, Tensor a, Tensor b, Tensor dy, Tensor out);

  /** out = condition ≠ 0 ? a : b, element by element; NaN counts as true. */
  void where(Tensor condition, Tensor a, Tensor b, Tensor out);
}
