package org.adjoint.cpu;

import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Tensor;

/**
 * Running sums and products along an axis of x, seen as [outer, n, inner]. Threads share out the
 * outer × inner columns, each of which is one chain. float32 is accumulated in float64: a chain
 * waits for the latency of an addition, which is the same in both.
 */
final class ScanTask extends RowTask {
  /** A step of a chain, in fused multiply-adds. */
  private static final long STEP = 4;

  private final boolean product;
  private final Object from;
  private final Object to;
  private final int fromAt;
  private final int toAt;
  private final int n;
  private final int inner;

  /** From one element of a chain to the next; negative from its end. */
  private final int step;

  private ScanTask(ReduceOp op, boolean reverse, Tensor x, int n, int inner, Tensor out) {
    product = op == ReduceOp.PROD;
    from = Heap.array(x);
    to = Heap.array(out);
    int skipped = reverse ? (n - 1) * inner : 0;
    fromAt = Heap.at(x) + skipped;
    toAt = Heap.at(out) + skipped;
    this.n = n;
    this.inner = inner;
    step = reverse ? -inner : inner;
  }

  /** Computes the running sums or products of n elements, {@code inner} apart. */
  static void run(ReduceOp op, boolean reverse, Tensor x, int n, int inner, Tensor out) {
    new ScanTask(op, reverse, x, n, inner, out).split(x.size() / n, STEP * x.size());
  }

  @Override
  void rows(int first, int last) {
    for (int column = first; column < last; column++) {
      int at = column / inner * n * inner + column % inner;
      if (from instanceof float[] x) {
        if (product) {
          products(x, fromAt + at, (float[]) to, toAt + at);
        } else {
          sums(x, fromAt + at, (float[]) to, toAt + at);
        }
      } else if (product) {
        products((double[]) from, fromAt + at, (double[]) to, toAt + at);
      } else {
        sums((double[]) from, fromAt + at, (double[]) to, toAt + at);
      }
    }
  }

  private void sums(float[] x, int p, float[] y, int q) {
    double r = 0;
    for (int k = 0; k < n; k++) {
      r += x[p + k * step];
      y[q + k * step] = (float) r;
    }
  }

  private void products(float[] x, int p, float[] y, int q) {
    double r = 1;
    for (int k = 0; k < n; k++) {
      r *= x[p + k * step];
      y[q + k * step] = (float) r;
    }
  }

  private void sums(double[] x, int p, double[] y, int q) {
    double r = 0;
    for (int k = 0; k < n; k++) {
      r += x[p + k * step];
      y[q + k * step] = r;
    }
  }

  private void products(double[] x, int p, double[] y, int q) {
    double r = 1;
    for (int k = 0; k < n; k++) {
      r *= x[p + k * step];
      y[q + k * step] = r;
    }
  }
}
