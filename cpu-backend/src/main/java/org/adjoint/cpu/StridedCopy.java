package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Tensor;

/**
 * Copies between any two layouts and types, a run along the innermost axis at a time. Runs of equal
 * type are moved by a loop over both strides, others through a short buffer of doubles, which hold
 * every float32 and int32 exactly.
 */
final class StridedCopy {
  private static final int BUFFER = 256;
  private static final int TILE = 16;
  private static final double[] NONE = {};
  private static final ThreadLocal<double[]> ROOM =
      ThreadLocal.withInitial(() -> new double[BUFFER]);

  private StridedCopy() {}

  /** Sets every element of a tensor of any layout. */
  static void fill(double value, Tensor out) {
    copy(Tensor.scalar(out.device(), out.dtype(), value), out);
  }

  /** Copies {@code x}, broadcast to the shape of {@code out}. */
  static void copy(Tensor x, Tensor out) {
    Layout from = x.shape().equals(out.shape()) ? x.layout() : x.layout().expand(out.shape());
    Layout to = out.layout();
    if (out.rank() == 0) {
      convert(Heap.array(x), from.offset(), 0, Heap.array(out), to.offset(), 0, 1, new double[1]);
      return;
    }
    int inner = innermost(to);
    int second = x.dtype() == out.dtype() ? dense(from, to, inner) : inner;
    double[] buffer = x.dtype() == out.dtype() ? NONE : ROOM.get();
    Object source = Heap.array(x);
    Object target = Heap.array(out);
    int n = out.dim(inner);
    int m = second == inner ? 1 : out.dim(second);
    int[] index = new int[out.rank()];
    int p = from.offset();
    int q = to.offset();
    for (int blocks = out.size() == 0 ? 0 : out.size() / n / m; blocks > 0; blocks--) {
      if (m > 1) {
        tiles(source, p, from, target, q, to, second, inner);
      } else if (buffer.length == 0) {
        move(source, p, from.stride(inner), target, q, to.stride(inner), n);
      } else {
        convert(source, p, from.stride(inner), target, q, to.stride(inner), n, buffer);
      }
      for (int a = out.rank() - 1; a >= 0; a--) {
        if (a == inner || a == second) {
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

  /** The last axis of the target, or a longer one before it if that is very short. */
  private static int innermost(Layout to) {
    int best = to.shape().rank() - 1;
    for (int a = best - 1; a >= 0; a--) {
      boolean shortRun = to.shape().dim(best) < 4;
      if (shortRun && to.shape().dim(a) > to.shape().dim(best)) {
        best = a;
      }
    }
    return best;
  }

  /** The axis along which the source is dense where it is not along the innermost. */
  private static int dense(Layout from, Layout to, int inner) {
    if (from.stride(inner) <= 1) {
      return inner;
    }
    for (int a = 0; a < to.shape().rank(); a++) {
      if (a != inner && from.stride(a) == 1 && to.shape().dim(a) > 1) {
        return a;
      }
    }
    return inner;
  }

  /** A matrix in squares, so that the lines of the cache are used whole on both sides. */
  private static void tiles(
      Object from, int p, Layout f, Object to, int q, Layout t, int second, int inner) {
    int rows = t.shape().dim(second);
    int cols = t.shape().dim(inner);
    for (int r = 0; r < rows; r += TILE) {
      int rowEnd = Math.min(rows, r + TILE);
      for (int c = 0; c < cols; c += TILE) {
        int n = Math.min(TILE, cols - c);
        for (int i = r; i < rowEnd; i++) {
          int at = p + i * f.stride(second) + c * f.stride(inner);
          int place = q + i * t.stride(second) + c * t.stride(inner);
          move(from, at, f.stride(inner), to, place, t.stride(inner), n);
        }
      }
    }
  }

  private static void move(Object from, int p, int s, Object to, int q, int t, int n) {
    if (s == 1 && t == 1) {
      System.arraycopy(from, p, to, q, n);
      return;
    }
    boolean same = s == 0 && t == 1;
    switch (from) {
      case float[] x when same -> Arrays.fill((float[]) to, q, q + n, x[p]);
      case double[] x when same -> Arrays.fill((double[]) to, q, q + n, x[p]);
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
