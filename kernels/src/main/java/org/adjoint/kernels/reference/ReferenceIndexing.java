package org.adjoint.kernels.reference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.adjoint.kernels.IndexingKernels;
import org.adjoint.tensor.Tensor;

/** Gathering and scattering along one axis: tensors are seen as [outer, n, inner] around it. */
final class ReferenceIndexing implements IndexingKernels {
  /**
   * Where index[o, i, r] points to in a tensor whose extent along the axis is {@code extent}: [o,
   * index[o, i, r], r].
   */
  private static int target(Elements index, int at, int n, int inner, int extent) {
    int outer = at / (n * inner);
    return (outer * extent + index.index(at)) * inner + at % inner;
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    int inner = ReferenceReductions.extent(x.shape(), axis + 1, x.rank());
    Elements from = Elements.of(x);
    Elements place = Elements.of(index);
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, from.get(target(place, i, out.dim(axis), inner, x.dim(axis))));
    }
  }

  @Override
  public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
    int inner = ReferenceReductions.extent(src.shape(), axis + 1, src.rank());
    Elements from = Elements.of(src);
    Elements place = Elements.of(index);
    double[] sum = out.toDoubleArray();
    for (int i = 0; i < from.size(); i++) {
      sum[target(place, i, src.dim(axis), inner, out.dim(axis))] += from.get(i);
    }
    Elements.of(out).setAll(sum);
  }

  @Override
  public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
    int inner = ReferenceReductions.extent(src.shape(), axis + 1, src.rank());
    Elements from = Elements.of(src);
    Elements place = Elements.of(index);
    Elements to = Elements.of(out);
    for (int i = 0; i < from.size(); i++) {
      to.set(target(place, i, src.dim(axis), inner, out.dim(axis)), from.get(i));
    }
  }

  /** As {@link #target}, with one index for a whole slice. */
  private static int slice(Elements index, int at, int n, int inner, int extent) {
    int outer = at / (n * inner);
    return (outer * extent + index.index(at / inner % n)) * inner + at % inner;
  }

  @Override
  public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
    int inner = ReferenceReductions.extent(x.shape(), axis + 1, x.rank());
    Elements from = Elements.of(x);
    Elements place = Elements.of(index);
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, from.get(slice(place, i, out.dim(axis), inner, x.dim(axis))));
    }
  }

  @Override
  public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
    int inner = ReferenceReductions.extent(src.shape(), axis + 1, src.rank());
    Elements from = Elements.of(src);
    Elements place = Elements.of(index);
    double[] sum = out.toDoubleArray();
    for (int i = 0; i < from.size(); i++) {
      sum[slice(place, i, src.dim(axis), inner, out.dim(axis))] += from.get(i);
    }
    Elements.of(out).setAll(sum);
  }

  @Override
  public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
    int n = x.dim(axis);
    int count = out.dim(axis);
    int inner = ReferenceReductions.extent(x.shape(), axis + 1, x.rank());
    Elements from = Elements.of(x);
    Elements to = Elements.of(out);
    List<Integer> order = new ArrayList<>();
    for (int column = 0; column < x.size() / n; column++) {
      int first = column / inner * n * inner + column % inner;
      order.clear();
      for (int i = 0; i < n; i++) {
        order.add(i);
      }
      // Adding 0 makes −0 equal to +0, which Double.compare tells apart.
      Comparator<Integer> rising =
          Comparator.comparingDouble(i -> from.get(first + i * inner) + 0.0);
      order.sort(descending ? rising.reversed() : rising);
      for (int i = 0; i < count; i++) {
        to.set((column / inner * count + i) * inner + column % inner, order.get(i));
      }
    }
  }

  @Override
  public void oneHot(Tensor index, Tensor out) {
    Elements place = Elements.of(index);
    Elements to = Elements.of(out);
    int classes = out.dim(-1);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, i % classes == place.index(i / classes) ? 1 : 0);
    }
  }
}
