package org.adjoint.kernels;

import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Kernels that reduce one axis. {@code x} is contiguous and is seen as [outer, n, inner] around the
 * axis; {@code out} has the shape of {@code x} without the axis. The order of every sum is a
 * function of shape alone.
 */
public interface ReductionKernels {
  /**
   * Reduces the axis. An empty axis gives the neutral element (0 for sum, NaN for mean, 1 for
   * product); max and min of an empty axis are refused.
   */
  void reduce(ReduceOp op, Tensor x, int axis, Tensor out);

  /**
   * Reduces the axis of f(operands; parameters), as {@link ElementwiseKernels#map} into a temporary
   * and {@link #reduce} of that would, bit for bit. A backend with a generator of loops computes it
   * in one pass over the operands and stores no temporary; this default is for the others.
   *
   * @param op how elements are combined
   * @param f the expression over operands 0 … n−1, at most {@value ElementwiseKernels#MAX_OPERANDS}
   * @param parameters values of the expression's scalar parameters
   * @param axis an axis of the operands' common shape
   * @param out the result, of that shape without the axis
   * @param operands at least one tensor, which broadcast to their common shape
   */
  default void mapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    Shape shape = ReduceView.of(op.label(), axis, operands).shape();
    Tensor whole = Tensor.result(out.device(), out.dtype(), shape);
    Kernels kernels = Backends.kernels(out.device());
    kernels.elementwise().map(f, parameters, whole, operands);
    kernels.reductions().reduce(op, whole, axis, out);
  }

  /**
   * Returns a call of {@link #mapReduce} that may run again and again; see {@link
   * ElementwiseKernels#bindMap}.
   *
   * @return runs the call
   */
  default Runnable bindMapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    return () -> mapReduce(op, f, parameters, axis, out, operands);
  }

  /**
   * Gives the running reduction along the axis: out[k] = x[0] ∘ … ∘ x[k], or x[k] ∘ … ∘ x[n−1] if
   * {@code reverse}, combined in this order; of float32 rounded once at each k.
   *
   * @param op {@link ReduceOp#SUM} or {@link ReduceOp#PROD}
   * @param reverse whether to begin at the end of the axis
   * @param out the result, in the shape of {@code x}
   */
  void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out);

  /**
   * Gives the int32 index of the largest (or smallest) element along the axis, the first of equals;
   * NaN counts as larger and as smaller than everything.
   */
  void argReduce(boolean largest, Tensor x, int axis, Tensor out);
}
