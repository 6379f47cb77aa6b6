package org.adjoint.cpu;

import org.adjoint.tensor.Tensor;

/**
 * Slices [outer, index[i], inner] of one tensor read into, or added to, slices [outer, i, inner] of
 * another.
 */
abstract class SliceTask extends RowTask {
  /** An element moved, in fused multiply-adds. */
  private static final long MOVE = 2;

  /** Below this length a loop is faster than a call of arraycopy. */
  private static final int SHORT = 16;

  final int n;
  final int extent;
  final int inner;
  final int[] place;
  final int placeAt;

  private SliceTask(int n, int extent, int inner, Tensor index) {
    this.n = n;
    this.extent = extent;
    this.inner = inner;
    place = Heap.ints(index);
    placeAt = Heap.at(index);
  }

  /** Reads; threads share out the slices. */
  static void select(Tensor x, int extent, int inner, Tensor index, Tensor out) {
    int n = index.size();
    new Select(n, extent, inner, index, x, out).split(out.size() / inner, MOVE * out.size());
  }

  /** Adds; threads share out the columns, so that every sum runs in the order of the slices. */
  static void add(Tensor src, int extent, int inner, Tensor index, Tensor out) {
    int n = index.size();
    new Add(n, extent, inner, index, src, out).split(src.size() / n, MOVE * src.size());
  }

  private static final class Select extends SliceTask {
    private final Object from;
    private final Object to;
    private final int fromAt;
    private final int toAt;

    Select(int n, int extent, int inner, Tensor index, Tensor x, Tensor out) {
      super(n, extent, inner, index);
      from = Heap.array(x);
      to = Heap.array(out);
      fromAt = Heap.at(x);
      toAt = Heap.at(out);
    }

    @Override
    void rows(int first, int last) {
      if (inner == 1) {
        elements(first, last);
        return;
      }
      int outer = first / n;
      int i = first % n;
      for (int row = first; row < last; row++) {
        int p = fromAt + (outer * extent + place[placeAt + i]) * inner;
        int q = toAt + row * inner;
        if (++i == n) {
          i = 0;
          outer++;
        }
        if (inner >= SHORT) {
          System.arraycopy(from, p, to, q, inner);
        } else if (from instanceof float[] x) {
          float[] y = (float[]) to;
          for (int r = 0; r < inner; r++) {
            y[q + r] = x[p + r];
          }
        } else {
          double[] x = (double[]) from;
          double[] y = (double[]) to;
          for (int r = 0; r < inner; r++) {
            y[q + r] = x[p + r];
          }
        }
      }
    }

    /** As rows, without a loop for each single element. */
    private void elements(int first, int last) {
      for (int row = first; row < last; ) {
        int outer = row / n;
        int end = Math.min(last, (outer + 1) * n);
        int p = fromAt + outer * extent;
        int index = placeAt - outer * n;
        if (from instanceof float[] x) {
          pick(x, p, (float[]) to, toAt, index, row, end);
        } else {
          pick((double[]) from, p, (double[]) to, toAt, index, row, end);
        }
        row = end;
      }
    }

    private void pick(float[] x, int p, float[] y, int q, int index, int first, int last) {
      for (int row = first; row < last; row++) {
        y[q + row] = x[p + place[index + row]];
      }
    }

    private void pick(double[] x, int p, double[] y, int q, int index, int first, int last) {
      for (int row = first; row < last; row++) {
        y[q + row] = x[p + place[index + row]];
      }
    }
  }

  private static final class Add extends SliceTask {
    private final Object from;
    private final Object to;
    private final int fromAt;
    private final int toAt;

    Add(int n, int extent, int inner, Tensor index, Tensor src, Tensor out) {
      super(n, extent, inner, index);
      from = Heap.array(src);
      to = Heap.array(out);
      fromAt = Heap.at(src);
      toAt = Heap.at(out);
    }

    @Override
    void rows(int first, int last) {
      if (inner == 1) {
        elements(first, last);
        return;
      }
      for (int column = first; column < last; ) {
        int outer = column / inner;
        int begin = column - outer * inner;
        int end = Math.min(inner, begin + last - column);
        for (int i = 0; i < n; i++) {
          int p = fromAt + (outer * n + i) * inner;
          int q = toAt + (outer * extent + place[placeAt + i]) * inner;
          if (from instanceof float[] x) {
            add(x, p + begin, (float[]) to, q + begin, end - begin);
          } else {
            add((double[]) from, p + begin, (double[]) to, q + begin, end - begin);
          }
        }
        column += end - begin;
      }
    }

    /** As rows, without a loop for each single element. */
    private void elements(int first, int last) {
      for (int outer = first; outer < last; outer++) {
        int p = fromAt + outer * n;
        int q = toAt + outer * extent;
        if (from instanceof float[] x) {
          float[] y = (float[]) to;
          for (int i = 0; i < n; i++) {
            y[q + place[placeAt + i]] += x[p + i];
          }
        } else {
          double[] x = (double[]) from;
          double[] y = (double[]) to;
          for (int i = 0; i < n; i++) {
            y[q + place[placeAt + i]] += x[p + i];
          }
        }
      }
    }

    private static void add(float[] x, int p, float[] y, int q, int length) {
      for (int r = 0; r < length; r++) {
        y[q + r] += x[p + r];
      }
    }

    private static void add(double[] x, int p, double[] y, int q, int length) {
      for (int r = 0; r < length; r++) {
        y[q + r] += x[p + r];
      }
    }
  }
}
