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
   * out[.., index[.., i, ..], ..] = src[.., i, ..], the last of equal indices winning; index has
   * the shape of src, which may differ from out along {@code axis} only. {@code out} is not
   * cleared.
   */
  void scatter(Tensor src, int axis, Tensor index, Tensor out);

  /**
   * out[.., i, ..] = x[.., index[i], ..]: whole slices; index has one axis, and out the shape of x
   * with its extent along {@code axis}.
   */
  void indexSelect(Tensor x, int axis, Tensor index, Tensor out);

  /**
   * out[.., index[i], ..] += src[.., i, ..], in the order of i: whole slices; index has one axis,
   * and src the shape of out with its extent along {@code axis}. {@code out} is not cleared.
   */
  void indexAdd(Tensor src, int axis, Tensor index, Tensor out);

  /**
   * Gives the int32 indices that put x in order along the axis: x[.., out[.., i, ..], ..] does not
   * decrease with i, or does not increase if {@code descending}. Equal elements stay in their
   * order, −0 equals +0, and NaN counts as the largest. The shape of out is that of x but along the
   * axis, where it may be shorter: then these are the first indices of the whole order.
   */
  void argSort(boolean descending, Tensor x, int axis, Tensor out);

  /**
   * out[.., c] = 1 if c = index[..], else 0; out has one more axis than index, of extent classes.
   */
  void oneHot(Tensor index, Tensor out);
}
