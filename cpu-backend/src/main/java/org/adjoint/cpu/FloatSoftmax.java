package org.adjoint.cpu;

import org.adjoint.kernels.Recipes;
import org.adjoint.tensor.Tensor;

/**
 * Softmax and cross-entropy in float32. A row comes from memory once; maximum, sum and result are
 * made while it is in the first-level cache. Sums run in the chains of {@link FloatRows}.
 *
 * <p>FIGURES
 */
final class FloatSoftmax {
  /** An element's exp and what goes with it, in fused multiply-adds. */
  private static final long EXP = 12;

  /** An element without exp. */
  private static final long PLAIN = 2;

  /** Elements whose exp is taken before it is used: as many stay in the first-level cache. */
  private static final int CHUNK = 2048;

  private static final ThreadLocal<float[]> ROOM = ThreadLocal.withInitial(() -> new float[CHUNK]);

  private final FloatRows rows;
  private final RowLoops loops;

  FloatSoftmax(FloatRows rows, RowLoops loops) {
    this.rows = rows;
    this.loops = loops;
  }

  void softmax(Tensor x, Tensor y) {
    int n = x.dim(-1);
    float[] from = Heap.floats(x);
    float[] to = Heap.floats(y);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        float[] chains = FloatRows.chains();
        for (int r = first * n; r < last * n; r += n) {
          FloatRows.clear(chains, 0);
          float max = rows.max(from, fromAt + r, n);
          rows.exp(from, fromAt + r, n, max, to, toAt + r);
          rows.addSum(to, toAt + r, n, chains);
          loops.scale(to, toAt + r, n, 1f / rows.fold(chains, 0, n));
        }
      }
    }.split(x.size() / n, EXP * x.size());
  }

  void logSoftmax(Tensor x, Tensor y) {
    int n = x.dim(-1);
    float[] from = Heap.floats(x);
    float[] to = Heap.floats(y);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        float[] chains = FloatRows.chains();
        for (int r = first * n; r < last * n; r += n) {
          logRow(from, fromAt + r, n, to, toAt + r, chains);
        }
      }
    }.split(x.size() / n, EXP * x.size());
  }

  /**
   * y = (x − max) − log Σ exp(x − max). The difference is taken first, for max may be large. The
   * sum is 1 + rest, with the largest elements counted instead of added, so that the logarithm of a
   * sum near 1, the loss of a confident answer, has all its digits: log1p(rest).
   */
  private void logRow(float[] x, int xAt, int n, float[] y, int yAt, float[] chains) {
    FloatRows.clear(chains, 0);
    float max = rows.max(x, xAt, n);
    float[] e = ROOM.get();
    int equal = 0;
    for (int i = 0; i < n; i += CHUNK) {
      int count = Math.min(CHUNK, n - i);
      rows.exp(x, xAt + i, count, max, e, 0);
      equal += rows.addBelow(x, xAt + i, count, max, e, 0, chains);
    }
    // max − max is 0, but NaN for an infinite max.
    float log = Recipes.log1p(rows.fold(chains, 0, n) + (equal - 1)) + (max - max);
    loops.shift(x, xAt, n, max, log, y, yAt);
  }

  void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    int n = y.dim(-1);
    float[] value = Heap.floats(y);
    float[] gradient = Heap.floats(dy);
    float[] to = Heap.floats(dx);
    int valueAt = Heap.at(y);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        float[] chains = FloatRows.chains();
        for (int r = first * n; r < last * n; r += n) {
          FloatRows.clear(chains, 0);
          rows.addDot(value, valueAt + r, gradient, gradientAt + r, n, chains);
          float dot = rows.fold(chains, 0, n);
          loops.softmaxGradient(value, valueAt + r, gradient, gradientAt + r, n, dot, to, toAt + r);
        }
      }
    }.split(y.size() / n, PLAIN * y.size());
  }

  void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    int n = y.dim(-1);
    float[] value = Heap.floats(y);
    float[] gradient = Heap.floats(dy);
    float[] to = Heap.floats(dx);
    int valueAt = Heap.at(y);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        float[] chains = FloatRows.chains();
        for (int r = first * n; r < last * n; r += n) {
          FloatRows.clear(chains, 0);
          rows.addSum(gradient, gradientAt + r, n, chains);
          float sum = rows.fold(chains, 0, n);
          for (int i = r; i < r + n; i += CHUNK) {
            int count = Math.min(CHUNK, r + n - i);
            rows.exp(value, valueAt + i, count, 0f, to, toAt + i);
            loops.logSoftmaxGradient(to, toAt + i, gradient, gradientAt + i, count, sum);
          }
        }
      }
    }.split(y.size() / n, EXP * y.size());
  }

  void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    int n = logits.dim(1);
    float[] from = Heap.floats(logits);
    float[] to = Heap.floats(logProbabilities);
    int[] label = Heap.ints(labels);
    float[] loss = Heap.floats(losses);
    int fromAt = Heap.at(logits);
    int toAt = Heap.at(logProbabilities);
    int labelAt = Heap.at(labels);
    int lossAt = Heap.at(losses);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        float[] chains = FloatRows.chains();
        for (int i = first; i < last; i++) {
          logRow(from, fromAt + i * n, n, to, toAt + i * n, chains);
          loss[lossAt + i] = -to[toAt + i * n + label[labelAt + i]];
        }
      }
    }.split(logits.dim(0), EXP * logits.size());
  }

  void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    int n = dlogits.dim(1);
    float[] from = Heap.floats(logProbabilities);
    int[] label = Heap.ints(labels);
    float[] gradient = Heap.floats(dlosses);
    float[] to = Heap.floats(dlogits);
    int fromAt = Heap.at(logProbabilities);
    int labelAt = Heap.at(labels);
    int gradientAt = Heap.at(dlosses);
    int step = dlosses.layout().stride(0);
    int toAt = Heap.at(dlogits);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        if (step == 0) {
          // The mean of a batch gives every row the same gradient: one long row instead of many.
          expTimes(
              from,
              fromAt + first * n,
              (last - first) * n,
              gradient[gradientAt],
              to,
              toAt + first * n);
        } else {
          for (int i = first; i < last; i++) {
            float g = gradient[gradientAt + i * step];
            expTimes(from, fromAt + i * n, n, g, to, toAt + i * n);
          }
        }
        for (int i = first; i < last; i++) {
          to[toAt + i * n + label[labelAt + i]] -= gradient[gradientAt + i * step];
        }
      }
    }.split(dlogits.dim(0), EXP * dlogits.size());
  }

  /** y = e^x · g. */
  private void expTimes(float[] x, int xAt, int n, float g, float[] y, int yAt) {
    for (int i = 0; i < n; i += CHUNK) {
      int count = Math.min(CHUNK, n - i);
      rows.exp(x, xAt + i, count, 0f, y, yAt + i);
      loops.scale(y, yAt + i, count, g);
    }
  }
}
