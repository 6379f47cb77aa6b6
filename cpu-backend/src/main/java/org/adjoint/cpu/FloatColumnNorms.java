package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;

/**
 * Batch normalisation in float32 of [n, channels, 1], where a row holds one value of every channel:
 * vectors run along the channels, and a thread takes a block of them. Each {@value #CHUNK} rows the
 * sums of a block join doubles. The formulas are those of {@link FloatNorms}.
 */
final class FloatColumnNorms {
  private static final int CHUNK = 64;

  /** Channels of a block: whole cache lines. */
  private static final int BLOCK = 64;

  private final RowLoops loops;

  FloatColumnNorms(RowLoops loops) {
    this.loops = loops;
  }

  /** The working memory of a thread for one block. */
  private static final class Block {
    private static final ThreadLocal<Block> CURRENT = ThreadLocal.withInitial(Block::new);

    final float[] about = new float[BLOCK];
    final float[] a = new float[BLOCK];
    final float[] b = new float[BLOCK];
    final float[] f = new float[BLOCK];
    final float[] first = new float[BLOCK];
    final float[] second = new float[BLOCK];
    final double[] firstTotal = new double[BLOCK];
    final double[] secondTotal = new double[BLOCK];

    void clear() {
      Arrays.fill(first, 0f);
      Arrays.fill(second, 0f);
      Arrays.fill(firstTotal, 0);
      Arrays.fill(secondTotal, 0);
    }

    /** Called after each row with its number. */
    void added(int row) {
      if (row % CHUNK == CHUNK - 1) {
        flush();
      }
    }

    void flush() {
      for (int i = 0; i < BLOCK; i++) {
        firstTotal[i] += first[i];
        secondTotal[i] += second[i];
        first[i] = 0f;
        second[i] = 0f;
      }
    }
  }

  private static int blocks(int channels) {
    return (channels + BLOCK - 1) / BLOCK;
  }

  void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    int n = x.dim(0);
    int channels = x.dim(1);
    float[] from = Heap.floats(x);
    float[] m = Heap.floats(mean);
    float[] v = Heap.floats(variance);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        Block block = Block.CURRENT.get();
        for (int c = first * BLOCK; c < Math.min(channels, last * BLOCK); c += BLOCK) {
          int width = Math.min(BLOCK, channels - c);
          block.clear();
          for (int i = 0; i < n; i++) {
            loops.addRow(from, fromAt + i * channels + c, width, block.first);
            block.added(i);
          }
          block.flush();
          for (int k = 0; k < width; k++) {
            block.about[k] = (float) (block.firstTotal[k] / n);
          }
          block.clear();
          for (int i = 0; i < n; i++) {
            loops.addCentredRow(
                from, fromAt + i * channels + c, width, block.about, block.first, block.second);
            block.added(i);
          }
          block.flush();
          for (int k = 0; k < width; k++) {
            double shift = block.firstTotal[k] / n;
            // About an infinite mean the differences are NaN; the mean itself stands.
            boolean finite = Float.isFinite(block.about[k]);
            m[meanAt + c + k] = finite ? (float) (block.about[k] + shift) : block.about[k];
            v[varianceAt + c + k] = (float) Math.max(0, block.secondTotal[k] / n - shift * shift);
          }
        }
      }
    }.split(blocks(channels), 3L * x.size());
  }

  void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    int n = x.dim(0);
    int channels = x.dim(1);
    float[] from = Heap.floats(x);
    float[] m = Heap.floats(mean);
    float[] v = Heap.floats(variance);
    float[] scale = Heap.floats(gamma);
    float[] shift = Heap.floats(beta);
    float[] to = Heap.floats(y);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    int scaleAt = Heap.at(gamma);
    int shiftAt = Heap.at(beta);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        Block block = Block.CURRENT.get();
        for (int c = first * BLOCK; c < Math.min(channels, last * BLOCK); c += BLOCK) {
          int width = Math.min(BLOCK, channels - c);
          for (int k = 0; k < width; k++) {
            block.about[k] = m[meanAt + c + k];
            block.b[k] = shift[shiftAt + c + k];
            block.f[k] =
                (float) (scale[scaleAt + c + k] / Math.sqrt(v[varianceAt + c + k] + epsilon));
          }
          for (int i = 0; i < n; i++) {
            int at = i * channels + c;
            loops.normaliseRow(
                from, fromAt + at, width, block.about, block.f, block.b, to, toAt + at);
          }
        }
      }
    }.split(blocks(channels), 2L * x.size());
  }

  void batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta) {
    int n = x.dim(0);
    int channels = x.dim(1);
    float[] from = Heap.floats(x);
    float[] m = Heap.floats(mean);
    float[] v = Heap.floats(variance);
    float[] scale = Heap.floats(gamma);
    float[] gradient = Heap.floats(dy);
    float[] to = Heap.floats(dx);
    float[] scaleGradient = Heap.floats(dgamma);
    float[] shiftGradient = Heap.floats(dbeta);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    int scaleAt = Heap.at(gamma);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    int scaleGradientAt = Heap.at(dgamma);
    int shiftGradientAt = Heap.at(dbeta);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        Block block = Block.CURRENT.get();
        for (int c = first * BLOCK; c < Math.min(channels, last * BLOCK); c += BLOCK) {
          int width = Math.min(BLOCK, channels - c);
          System.arraycopy(m, meanAt + c, block.about, 0, width);
          block.clear();
          for (int i = 0; i < n; i++) {
            int at = i * channels + c;
            loops.addCentredDotRow(
                from,
                gradient,
                fromAt + at,
                gradientAt + at,
                width,
                block.about,
                block.first,
                block.second);
            block.added(i);
          }
          block.flush();
          for (int k = 0; k < width; k++) {
            double inverse = 1 / Math.sqrt(v[varianceAt + c + k] + epsilon);
            double sum = block.firstTotal[k];
            double product = block.secondTotal[k] * inverse;
            shiftGradient[shiftGradientAt + c + k] = (float) sum;
            scaleGradient[scaleGradientAt + c + k] = (float) product;
            block.a[k] = (float) (sum / n);
            block.b[k] = (float) (product * inverse / n);
            block.f[k] = (float) (scale[scaleAt + c + k] * inverse);
          }
          for (int i = 0; i < n; i++) {
            int at = i * channels + c;
            loops.normGradientRow(
                from,
                fromAt + at,
                gradient,
                gradientAt + at,
                width,
                block.about,
                block.a,
                block.b,
                block.f,
                to,
                toAt + at);
          }
        }
      }
    }.split(blocks(channels), 4L * x.size());
  }
}
