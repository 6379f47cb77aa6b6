package org.adjoint.kernels.contract;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** How to call the kernels of indexing at random; see {@link RandomCalls}. */
final class RandomIndexing {
  private RandomIndexing() {}

  private static RandomCalls.Entry entry(String name, BiConsumer<RandomCall, Kernels> call) {
    return new RandomCalls.Entry(name, call);
  }

  static void addTo(List<RandomCalls.Entry> all) {
    all.add(
        entry(
            "gather",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int limit = d.length == 0 ? 0 : d[a];
              int[] y = RandomCall.with(d, a, c.extent(9));
              Tensor x = c.in(d);
              Tensor index = c.index(limit, y);
              k.indexing().gather(x, axis, index, c.exactly(c.dtype(), y));
            }));
    all.add(
        entry(
            "scatterAdd",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int limit = d.length == 0 ? 0 : d[a];
              int n = c.extent(9);
              int[] s = RandomCall.with(d, a, n);
              Tensor src = c.in(s);
              Tensor index = c.index(limit, s);
              k.indexing().scatterAdd(src, axis, index, c.out((n + 1) * Math.sqrt(n + 1), d));
            }));
    all.add(
        entry(
            "scatter",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int[] s = RandomCall.with(d, a, c.extent(9));
              Tensor src = c.in(s);
              Tensor index = c.index(d.length == 0 ? 0 : d[a], s);
              k.indexing().scatter(src, axis, index, c.exactly(c.dtype(), d));
            }));
    all.add(
        entry(
            "indexSelect",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int n = c.extent(9);
              Tensor x = c.in(d);
              Tensor index = c.index(d.length == 0 ? 0 : d[a], n);
              k.indexing()
                  .indexSelect(x, axis, index, c.exactly(c.dtype(), RandomCall.with(d, a, n)));
            }));
    all.add(
        entry(
            "indexAdd",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int n = c.extent(9);
              Tensor src = c.in(RandomCall.with(d, a, n));
              Tensor index = c.index(d.length == 0 ? 0 : d[a], n);
              k.indexing().indexAdd(src, axis, index, c.out((n + 1) * Math.sqrt(n + 1), d));
            }));
    all.add(
        entry(
            "argSort",
            (c, k) -> {
              int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
              int axis = c.axis(d.length);
              int a = RandomCall.plain(axis, d.length);
              int[] y = c.coin() ? d : RandomCall.with(d, a, c.extent(9));
              Tensor x = c.in(d);
              k.indexing().argSort(c.coin(), x, axis, c.exactly(DType.I32, y));
            }));
    all.add(
        entry(
            "oneHot",
            (c, k) -> {
              int[] d = c.dims(0, 5);
              int classes = c.extent(9);
              Tensor index = c.index(classes, d);
              int[] y = Arrays.copyOf(d, d.length + 1);
              y[d.length] = classes;
              k.indexing().oneHot(index, c.exactly(c.dtype(), y));
            }));
  }
}
