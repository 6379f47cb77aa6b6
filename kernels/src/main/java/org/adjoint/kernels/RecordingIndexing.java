package org.adjoint.kernels;

import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;

/** Tells a recorder of gathering and scattering; see {@link RecordingKernels}. */
final class RecordingIndexing implements IndexingKernels {
  private final RecordingKernels to;

  RecordingIndexing(RecordingKernels to) {
    this.to = to;
  }

  private void indexed(
      String op, List<Object> settings, String roles, KernelWork.Calling call, Tensor... tensors) {
    to.indexed(Family.INDEXING, op, settings, roles, call, tensors);
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().gather(t[0], axis, t[1], t[2]);
    indexed("gather", List.of(axis), "rrw", call, x, index, out);
  }

  @Override
  public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().scatterAdd(t[0], axis, t[1], t[2]);
    indexed("scatter_add", List.of(axis), "rru", call, src, index, out);
  }

  @Override
  public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().scatter(t[0], axis, t[1], t[2]);
    indexed("scatter", List.of(axis), "rru", call, src, index, out);
  }

  @Override
  public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().indexSelect(t[0], axis, t[1], t[2]);
    indexed("index_select", List.of(axis), "rrw", call, x, index, out);
  }

  @Override
  public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().indexAdd(t[0], axis, t[1], t[2]);
    indexed("index_add", List.of(axis), "rru", call, src, index, out);
  }

  @Override
  public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().argSort(descending, t[0], axis, t[1]);
    to.call(Family.INDEXING, "argsort", List.of(axis, descending), "rw", call, x, out);
  }

  @Override
  public void oneHot(Tensor index, Tensor out) {
    KernelWork.Calling call = (k, t) -> k.indexing().oneHot(t[0], t[1]);
    indexed("one_hot", List.of(), "rw", call, index, out);
  }
}
