package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Layer norm and root-mean-square norm in float32, row by row while the row is in the first-level
 * cache; sums of a row as in {@link FloatNorms}. The gradients of γ and β are sums over rows: at
 * most {@value #PARTS} runs of whole blocks of {@value #BLOCK} rows have sums of their own, which
 * are then added in order, so that the bits do not depend on the number of threads.
 */
final class FloatRowNorms {
  /** After so many rows the sums of a run join doubles. */
  private static final int BLOCK = 64;

  private static final int PARTS = 64;

  private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

  private final FloatRows rows;
  private final RowLoops loops;

  FloatRowNorms(FloatRows rows, RowLoops loops) {
    this.rows = rows;
    this.loops = loops;
  }

  /** The working memory of a thread. */
  private static final class Room {
    /** Sums of a block of rows. */
    float[] sums = new float[0];

    float[] products = new float[0];

    /** Sums, then products, of each run, for the thread that called. */
    double[] totals = new double[0];

    void fit(int n) {
      if (sums.length < n) {
        sums = new float[n];
        products = new float[n];
      }
    }

    double[] totals(int size) {
      if (totals.length < size) {
        totals = new double[size];
      }
      return totals;
    }
  }

  void forward(
      Tensor x,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      boolean centred,
      double epsilon,
      Tensor y,
      Tensor mean,
      Tensor rstd) {
    int n = x.dim(1);
    float[] from = Heap.floats(x);
    float[] to = Heap.floats(y);
    float[] m = Heap.floats(mean);
    float[] f = Heap.floats(rstd);
    float[] scale = gamma == null ? null : Heap.floats(gamma);
    float[] shift = beta == null ? null : Heap.floats(beta);
    int scaleAt = gamma == null ? 0 : Heap.at(gamma);
    int shiftAt = beta == null ? 0 : Heap.at(beta);
    int fromAt = Heap.at(x);
    int toAt = Heap.at(y);
    int meanAt = Heap.at(mean);
    int rstdAt = Heap.at(rstd);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        NormSums sums = NormSums.current();
        for (int r = first; r < last; r++) {
          int at = fromAt + r * n;
          float about = centred ? mean(from, at, n, sums) : 0f;
          centredSums(from, at, n, about, sums);
          double shifted = centred ? sums.first / n : 0;
          float c = (float) (about + shifted);
          double variance = Math.max(0, sums.second / n - shifted * shifted);
          float factor = (float) (1 / Math.sqrt(variance + epsilon));
          m[meanAt + r] = c;
          f[rstdAt + r] = factor;
          if (scale == null) {
            loops.normalise(from, at, n, c, factor, 0f, to, toAt + r * n);
          } else if (shift == null) {
            loops.normalise(from, at, n, c, factor, 0f, to, toAt + r * n);
            loops.product(to, toAt + r * n, scale, scaleAt, n, to, toAt + r * n);
          } else {
            loops.normaliseColumns(
                from, at, n, c, factor, scale, scaleAt, shift, shiftAt, to, toAt + r * n);
          }
        }
      }
    }.split(x.dim(0), 4L * x.size());
  }

  private float mean(float[] x, int at, int n, NormSums sums) {
    sums.clear();
    for (int i = 0; i < n; i += NormSums.CHUNK) {
      int length = Math.min(NormSums.CHUNK, n - i);
      rows.addSum(x, at + i, length, sums.chains);
      sums.added(length, rows);
    }
    sums.flush(rows);
    return (float) (sums.first / n);
  }

  private void centredSums(float[] x, int at, int n, float about, NormSums sums) {
    sums.clear();
    for (int i = 0; i < n; i += NormSums.CHUNK) {
      int length = Math.min(NormSums.CHUNK, n - i);
      rows.addCentred(x, at + i, length, about, sums.chains);
      sums.added(length, rows);
    }
    sums.flush(rows);
  }

  void backward(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      @Nullable Tensor gamma,
      boolean centred,
      Tensor dy,
      Tensor dx,
      @Nullable Tensor dgamma,
      @Nullable Tensor dbeta) {
    int count = x.dim(0);
    int n = x.dim(1);
    float[] from = Heap.floats(x);
    float[] m = Heap.floats(mean);
    float[] f = Heap.floats(rstd);
    float[] scale = gamma == null ? null : Heap.floats(gamma);
    int scaleAt = gamma == null ? 0 : Heap.at(gamma);
    float[] gradient = Heap.floats(dy);
    float[] to = Heap.floats(dx);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int rstdAt = Heap.at(rstd);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    int blocks = Math.ceilDiv(count, BLOCK);
    int parts = Math.min(PARTS, blocks);
    boolean sum = dgamma != null;
    double[] totals = ROOM.get().totals(sum ? 2 * parts * n : 0);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        Room room = ROOM.get();
        room.fit(sum ? n : 0);
        for (int part = first; part < last; part++) {
          int start = Region.first(blocks, part, parts) * BLOCK;
          int end = Math.min(count, Region.first(blocks, part + 1, parts) * BLOCK);
          if (sum) {
            Arrays.fill(totals, 2 * part * n, 2 * (part + 1) * n, 0);
          }
          for (int r = start; r < end; r += BLOCK) {
            int stop = Math.min(end, r + BLOCK);
            gradients(r, stop);
            if (sum) {
              sumOf(r, stop, room);
              for (int i = 0; i < n; i++) {
                totals[2 * part * n + i] += room.sums[i];
                totals[(2 * part + 1) * n + i] += room.products[i];
              }
            }
          }
        }
      }

      private void gradients(int first, int last) {
        NormSums sums = NormSums.current();
        for (int r = first; r < last; r++) {
          int at = fromAt + r * n;
          int out = toAt + r * n;
          float[] g = gradient;
          int gAt = gradientAt + r * n;
          if (scale != null) {
            loops.product(gradient, gAt, scale, scaleAt, n, to, out);
            g = to;
            gAt = out;
          }
          float c = m[meanAt + r];
          double factor = f[rstdAt + r];
          sums.clear();
          for (int i = 0; i < n; i += NormSums.CHUNK) {
            int length = Math.min(NormSums.CHUNK, n - i);
            rows.addCentredDot(from, at + i, g, gAt + i, length, c, sums.chains);
            sums.added(length, rows);
          }
          sums.flush(rows);
          float a = centred ? (float) (sums.first / n) : 0f;
          float b = (float) (sums.second * factor * factor / n);
          loops.normGradient(from, at, g, gAt, n, c, a, b, (float) factor, to, out);
        }
      }

      private void sumOf(int first, int last, Room room) {
        Arrays.fill(room.sums, 0, n, 0f);
        Arrays.fill(room.products, 0, n, 0f);
        for (int r = first; r < last; r++) {
          loops.addNormalRow(
              from,
              fromAt + r * n,
              gradient,
              gradientAt + r * n,
              n,
              m[meanAt + r],
              f[rstdAt + r],
              room.sums,
              room.products);
        }
      }
    }.split(parts, 8L * x.size());
    if (dgamma != null) {
      add(totals, n, parts, n, dgamma);
    }
    if (dbeta != null) {
      add(totals, 0, parts, n, dbeta);
    }
  }

  /** The totals of all runs in order. */
  private static void add(double[] totals, int from, int parts, int n, Tensor out) {
    float[] to = Heap.floats(out);
    int at = Heap.at(out);
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int part = 0; part < parts; part++) {
        sum += totals[2 * part * n + from + i];
      }
      to[at + i] = (float) sum;
    }
  }
}
