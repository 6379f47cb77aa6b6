package org.adjoint.cpu;

import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Tensor;

/**
 * Copies between any two layouts and types, a run along the innermost axis at a time. Runs of equal
 * type are moved by a loop over both strides, others through a short buffer of doubles, which hold
 * every float32 and int32 exactly.
 */
final class StridedCopy {
  private static final int BUFFER = 256;

  private StridedCopy() {}

  /** Sets every element of a tensor of any layout. */
  static void fill(double value, Tensor out) {
    copy(Tensor.scalar(out.device(), out.dtype(), value), out);
  }

  /** Copies {@code x}, broadcast to the shape of {@code out}. */
  static void copy(Tensor x, Tensor out) {
    Layout from = x.layout().expand(out.shape());
    Layout to = out.layout();
    int rank = out.rank();
    int inner = innermost(to, rank);
    int n = rank == 0 ? 1 : out.dim(inner);
    int fromStride = rank == 0 ? 0 : from.stride(inner);
    int toStride = rank == 0 ? 0 : to.stride(inner);
    double[] buffer = x.dtype() == out.dtype() ? null : new double[Math.min(n, BUFFER)];
    Object source = Heap.array(x);
    Object target = Heap.array(out);
    int[] index = new int[rank];
    int p = from.offset();
    int q = to.offset();
    for (int runs = n == 0 ? 0 : out.size() / n; runs > 0; runs--) {
      if (buffer == null) {
        move(source, p, fromStride, target, q, toStride, n);
      } else {
        convert(source, p, fromStride, target, q, toStride, n, buffer);
      }
      for (int a = rank - 1; a >= 0; a--) {
        if (a == inner) {
          continue;
        }
        p += from.stride(a);
        q += to.stride(a);
        if (++index[a] < out.dim(a)) {
          break;
        }
        p -= index[a] * from.stride(a);
        q -= index[a] * to.stride(a);
        index[a] = 0;
      }
    }
  }

  /** The axis along which the target is written densely, and long if several are. */
  private static int innermost(Layout to, int rank) {
    int best = rank - 1;
    for (int a = rank - 2; a >= 0; a--) {
      boolean shortRun = to.shape().dim(best) < 4;
      if (shortRun && to.shape().dim(a) > to.shape().dim(best)) {
        best = a;
      }
    }
    return best;
  }

  private static void move(Object from, int p, int s, Object to, int q, int t, int n) {
    if (s == 1 && t == 1) {
      System.arraycopy(from, p, to, q, n);
      return;
    }
    switch (from) {
      case float[] x -> {
        float[] y = (float[]) to;
        for (int i = 0; i < n; i++) {
          y[q + i * t] = x[p + i * s];
        }
      }
      case double[] x -> {
        double[] y = (double[]) to;
        for (int i = 0; i < n; i++) {
          y[q + i * t] = x[p + i * s];
        }
      }
      case int[] x -> {
        int[] y = (int[]) to;
        for (int i = 0; i < n; i++) {
          y[q + i * t] = x[p + i * s];
        }
      }
      default -> throw new IllegalStateException("cpu: copy from " + from.getClass());
    }
  }

  private static void convert(
      Object from, int p, int s, Object to, int q, int t, int n, double[] buffer) {
    for (int done = 0; done < n; done += buffer.length) {
      int m = Math.min(buffer.length, n - done);
      read(from, p + done * s, s, buffer, m);
      write(buffer, m, to, q + done * t, t);
    }
  }

  private static void read(Object from, int p, int s, double[] buffer, int m) {
    switch (from) {
      case float[] x -> {
        for (int i = 0; i < m; i++) {
          buffer[i] = x[p + i * s];
        }
      }
      case double[] x -> {
        for (int i = 0; i < m; i++) {
          buffer[i] = x[p + i * s];
        }
      }
      case int[] x -> {
        for (int i = 0; i < m; i++) {
          buffer[i] = x[p + i * s];
        }
      }
      default -> throw new IllegalStateException("cpu: copy from " + from.getClass());
    }
  }

  private static void write(double[] buffer, int m, Object to, int q, int t) {
    switch (to) {
      case float[] y -> {
        for (int i = 0; i < m; i++) {
          y[q + i * t] = (float) buffer[i];
        }
      }
      case double[] y -> {
        for (int i = 0; i < m; i++) {
          y[q + i * t] = buffer[i];
        }
      }
      case int[] y -> {
        for (int i = 0; i < m; i++) {
          y[q + i * t] = (int) buffer[i];
        }
      }
      default -> throw new IllegalStateException("cpu: copy to " + to.getClass());
    }
  }
}
