package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.IndexingKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Gathering, scattering and one-hot vectors. Around the axis a tensor is seen as [outer, n, inner];
 * threads share out outer × inner, whose columns are independent of each other, so that every sum
 * of a scatter runs in the order of i. Nothing here would gain from vectors: memory decides.
 */
final class CpuIndexing implements IndexingKernels {
  /** An element read or written at a computed place, in fused multiply-adds. */
  private static final long MOVE = 4;

  CpuIndexing() {}

  /** The elements behind the axis. */
  private static int inner(Tensor t, int axis) {
    int inner = 1;
    for (int a = axis + 1; a < t.rank(); a++) {
      inner *= t.dim(a);
    }
    return inner;
  }

  /** The part of one walk: columns [first, last) of outer × inner. */
  private abstract static class ColumnTask extends RowTask {
    final int n;
    final int extent;
    final int inner;

    /**
     * Creates the task.
     *
     * @param n elements along the axis in the tensor that is walked through
     * @param extent elements along the axis in the tensor that is pointed into
     * @param inner elements behind the axis
     */
    ColumnTask(int n, int extent, int inner) {
      this.n = n;
      this.extent = extent;
      this.inner = inner;
    }

    @Override
    final void rows(int first, int last) {
      for (int column = first; column < last; ) {
        int outer = column / inner;
        int from = column - outer * inner;
        int to = Math.min(inner, from + last - column);
        for (int i = 0; i < n; i++) {
          move((outer * n + i) * inner, outer * extent * inner, from, to);
        }
        column += to - from;
      }
    }

    /**
     * Moves a run of elements behind one index of the axis.
     *
     * @param walked where the run's row begins in the tensor that is walked through
     * @param base where the slice begins in the tensor that is pointed into
     * @param from first element of the run
     * @param to element after the last
     */
    abstract void move(int walked, int base, int from, int to);
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    int inner = inner(out, axis);
    int n = out.dim(axis);
    int extent = x.dim(axis);
    int[] place = Heap.ints(index);
    int placeAt = Heap.at(index);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(out);
    ColumnTask task;
    if (Heap.isSingle(x)) {
      float[] from = Heap.floats(x);
      float[] to = Heap.floats(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + walked + r] = from[fromAt + base + i * inner + r];
              }
            }
          };
    } else {
      double[] from = Heap.doubles(x);
      double[] to = Heap.doubles(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + walked + r] = from[fromAt + base + i * inner + r];
              }
            }
          };
    }
    task.split(out.size() / n, MOVE * out.size());
  }

  @Override
  public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
    int inner = inner(src, axis);
    int n = src.dim(axis);
    int extent = out.dim(axis);
    int[] place = Heap.ints(index);
    int placeAt = Heap.at(index);
    int fromAt = Heap.at(src);
    int toAt = Heap.at(out);
    ColumnTask task;
    if (Heap.isSingle(src)) {
      float[] from = Heap.floats(src);
      float[] to = Heap.floats(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + base + i * inner + r] += from[fromAt + walked + r];
              }
            }
          };
    } else {
      double[] from = Heap.doubles(src);
      double[] to = Heap.doubles(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + base + i * inner + r] += from[fromAt + walked + r];
              }
            }
          };
    }
    task.split(src.size() / n, MOVE * src.size());
  }

  @Override
  public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
    int inner = inner(src, axis);
    int n = src.dim(axis);
    int extent = out.dim(axis);
    int[] place = Heap.ints(index);
    int placeAt = Heap.at(index);
    int fromAt = Heap.at(src);
    int toAt = Heap.at(out);
    ColumnTask task;
    if (Heap.isSingle(src)) {
      float[] from = Heap.floats(src);
      float[] to = Heap.floats(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + base + i * inner + r] = from[fromAt + walked + r];
              }
            }
          };
    } else {
      double[] from = Heap.doubles(src);
      double[] to = Heap.doubles(out);
      task =
          new ColumnTask(n, extent, inner) {
            @Override
            void move(int walked, int base, int first, int last) {
              for (int r = first; r < last; r++) {
                int i = place[placeAt + walked + r];
                to[toAt + base + i * inner + r] = from[fromAt + walked + r];
              }
            }
          };
    }
    task.split(src.size() / n, MOVE * src.size());
  }

  @Override
  public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
    SliceTask.select(x, x.dim(axis), inner(x, axis), index, out);
  }

  @Override
  public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
    SliceTask.add(src, out.dim(axis), inner(src, axis), index, out);
  }

  @Override
  public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
    SortTask.run(descending, x, x.dim(axis), out.dim(axis), inner(x, axis), out);
  }

  @Override
  public void oneHot(Tensor index, Tensor out) {
    int classes = out.dim(-1);
    int[] place = Heap.ints(index);
    int placeAt = Heap.at(index);
    int toAt = Heap.at(out);
    if (out.dtype() == DType.F32) {
      float[] to = Heap.floats(out);
      Arrays.fill(to, toAt, toAt + out.size(), 0f);
      for (int i = 0; i < index.size(); i++) {
        to[toAt + i * classes + place[placeAt + i]] = 1f;
      }
    } else {
      double[] to = Heap.doubles(out);
      Arrays.fill(to, toAt, toAt + out.size(), 0.0);
      for (int i = 0; i < index.size(); i++) {
        to[toAt + i * classes + place[placeAt + i]] = 1.0;
      }
    }
  }
}
