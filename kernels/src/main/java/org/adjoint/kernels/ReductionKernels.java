package org.adjoint.kernels;

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
   * Gives the int32 index of the largest (or smallest) element along the axis, the first of equals;
   * NaN counts as larger and as smaller than everything.
   */
  void argReduce(boolean largest, Tensor x, int axis, Tensor out);
}
