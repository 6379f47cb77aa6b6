package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.Tensor;

/**
 * Batch normalisation in training, statistics and application: [batch, channels, h, w], over batch
 * and area.
 */
final class NormContest implements Contest {
  private static final double EPSILON = 1e-5;

  private final int batch;
  private final int channels;
  private final int area;
  private final Tensor operand;
  private final Tensor result;
  private final float[] x;
  private final float[] gamma;
  private final float[] beta;
  private final float[] out;

  NormContest(Backend home, int batch, int channels, int height, int width) {
    this.batch = batch;
    this.channels = channels;
    area = height * width;
    float[] drawn = Operands.random(1, batch * channels * area, -2, 2);
    operand = Tensor.of(home, drawn, batch, channels, area);
    result = Operands.empty(home, batch, channels, area);
    x = Operands.array(operand);
    out = Operands.array(result);
    gamma = Operands.random(2, channels, 0.5, 1.5);
    beta = Operands.random(3, channels, -1, 1);
  }

  @Override
  public double flops() {
    // Sum; difference, square and sum; a multiply-add.
    return 6.0 * x.length;
  }

  @Override
  public double bytes() {
    // The statistics must be complete before the first result: x is read twice.
    return 12.0 * x.length;
  }

  @Override
  public double footprint() {
    return 8.0 * x.length;
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    return List.of(
        level("plain", "step unknown to C2", this::plain),
        level("auto", "eight sums; C2 vectorises the rest", this::counted));
  }

  private Level level(String name, String note, Level.Part part) {
    Runnable reset = () -> Arrays.fill(out, Float.NaN);
    return Level.of(name, note, channels, 1, part, reset, out::clone);
  }

  private void plain(int from, int to) {
    int s = PlainLoops.step;
    for (int c = from; c < to; c++) {
      double sum = 0;
      double squares = 0;
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        for (int i = at; i < at + area; i += s) {
          sum += x[i];
        }
      }
      float mean = (float) (sum / batch / area);
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        for (int i = at; i < at + area; i += s) {
          float d = x[i] - mean;
          squares += d * d;
        }
      }
      float factor = (float) (gamma[c] / Math.sqrt(squares / batch / area + EPSILON));
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        for (int i = at; i < at + area; i += s) {
          out[i] = (x[i] - mean) * factor + beta[c];
        }
      }
    }
  }

  private void counted(int from, int to) {
    for (int c = from; c < to; c++) {
      double sum = 0;
      double squares = 0;
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        sum += CountedLoops.sum(x, at, at + area);
      }
      float mean = (float) (sum / batch / area);
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        squares += squares(x, mean, at, at + area);
      }
      float factor = (float) (gamma[c] / Math.sqrt(squares / batch / area + EPSILON));
      for (int b = 0; b < batch; b++) {
        int at = (b * channels + c) * area;
        apply(x, mean, factor, beta[c], out, at, at + area);
      }
    }
  }

  /** Four sums, so that additions need not wait. */
  private static float squares(float[] x, float mean, int from, int to) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = from;
    for (; i <= to - 4; i += 4) {
      s0 = Math.fma(x[i] - mean, x[i] - mean, s0);
      s1 = Math.fma(x[i + 1] - mean, x[i + 1] - mean, s1);
      s2 = Math.fma(x[i + 2] - mean, x[i + 2] - mean, s2);
      s3 = Math.fma(x[i + 3] - mean, x[i + 3] - mean, s3);
    }
    for (; i < to; i++) {
      s0 = Math.fma(x[i] - mean, x[i] - mean, s0);
    }
    return (s0 + s1) + (s2 + s3);
  }

  private static void apply(
      float[] x, float mean, float factor, float shift, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = (x[i] - mean) * factor + shift;
    }
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor t = Operands.on(backend, operand);
    Tensor g = Tensor.of(backend, gamma, channels);
    Tensor b = Tensor.of(backend, beta, channels);
    Tensor mean = Operands.empty(backend, channels);
    Tensor variance = Operands.empty(backend, channels);
    Tensor y = Operands.on(backend, result);
    NormKernels kernels = backend.kernels().norms();
    return new Level(
        name,
        note,
        () -> {
          kernels.batchStatistics(t, mean, variance);
          kernels.batchNorm(t, mean, variance, g, b, EPSILON, y);
        },
        () -> Operands.forget(y),
        y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    Tensor t = Operands.exact(reference, x, batch, channels, area);
    Tensor mean = Operands.exact(reference, channels);
    Tensor variance = Operands.exact(reference, channels);
    Tensor y = Operands.exact(reference, batch, channels, area);
    NormKernels kernels = reference.kernels().norms();
    kernels.batchStatistics(t, mean, variance);
    Tensor g = Operands.exact(reference, gamma, channels);
    Tensor b = Operands.exact(reference, beta, channels);
    kernels.batchNorm(t, mean, variance, g, b, EPSILON, y);
    double[] m = mean.toDoubleArray();
    double[] v = variance.toDoubleArray();
    double[] sums = new double[x.length];
    for (int i = 0; i < sums.length; i++) {
      int c = i / area % channels;
      double factor = gamma[c] / Math.sqrt(v[c] + EPSILON);
      sums[i] = (Math.abs(x[i]) + Math.abs(m[c])) * factor + Math.abs(beta[c]);
    }
    return Judge.sums(y.toDoubleArray(), sums, batch * area);
  }
}
