package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Kernels that compute each element of the result from the elements at the same place. Operands
 * broadcast to the shape of {@code out} by NumPy's rule and have its dtype unless stated otherwise;
 * {@code out} is contiguous and may be one of the operands.
 */
public interface ElementwiseKernels {
  /** How many operands an expression may have. */
  int MAX_OPERANDS = 64;

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

  /** out = f(a, b). Comparisons also take int32 operands and give 0 or 1 in the operands' dtype. */
  void binary(BinaryOp op, Tensor a, Tensor b, Tensor out);

  /** out = condition ≠ 0 ? a : b, element by element; NaN counts as true. */
  void where(Tensor condition, Tensor a, Tensor b, Tensor out);

  /**
   * out = f(operands; parameters) for any expression, in one pass: gradients ({@link UnaryOp#vjp},
   * {@link BinaryOp#vjp}) and fused chains. Operands are float32 or float64.
   *
   * @param f the expression over operands 0 … n−1, at most {@value #MAX_OPERANDS}
   * @param parameters values of the expression's scalar parameters
   * @param out the result
   * @param operands one tensor an operand number
   */
  void map(Expr f, double[] parameters, Tensor out, Tensor... operands);

  /**
   * Returns a call of {@link #map} that may run again and again, on whatever the tensors hold by
   * then; {@code parameters} is read at each run. A backend may keep in it what it would otherwise
   * work out and allocate at each call. Only one thread may run it at a time, and the tensors must
   * live as long.
   *
   * @return runs the call
   */
  default Runnable bindMap(Expr f, double[] parameters, Tensor out, Tensor... operands) {
    return () -> map(f, parameters, out, operands);
  }

  /**
   * Returns whether an expression of several operations gives the bits of these operations one
   * after the other, and in less time: whether it is worth joining them. A backend without a
   * generator of loops says no.
   */
  default boolean joins() {
    return false;
  }

  /**
   * Shows the loop that {@link #map} runs for an expression.
   *
   * @param f the expression
   * @param dtype float32 or float64
   * @param broadcast for each operand, whether it has one value for a whole row; false if missing
   */
  default LoopListing describe(Expr f, DType dtype, boolean... broadcast) {
    return LoopListing.interpreted(f);
  }
}
