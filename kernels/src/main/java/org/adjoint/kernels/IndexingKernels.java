package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;

/**
 * Reading and writing at computed places along one axis. Indices are int32, contiguous, from 0 to
 * the extent − 1; others are refused before anything is written.
 */
public interface IndexingKernels {
  /**
   * out[.., i, ..] = x[.., index[.., i, ..], ..]: x, index and out have equal rank, and index has
   * the shape of out, which may differ from x along {@code axis} only.
   */
  void gather(Tensor x, int axis, Tensor index, Tensor out);

  /**
   * out[.., index[.., i, ..], ..] += src[.., i, ..], in the order of i; index has the shape of src,
   * which may differ from out along {@code axis} only. {@code out} is not cleared.
   */
  void scatterAdd(Tensor src, int axis, Tensor index, Tensor out);

  /**
   * out[.., c] = 1 if c = index[..], else 0; out has one more axis than index, of extent classes.
   */
  void oneHot(Tensor index, Tensor out);
}
