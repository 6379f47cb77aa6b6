package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Maximum over 2 × 2 windows, with the position of each: [batch, channels, h, w]. */
final class PoolContest implements Contest {
  private static final Pool2dSpec SPEC = Pool2dSpec.of(2, 2);

  private final int batch;
  private final int channels;
  private final int height;
  private final int width;
  private final int rows;
  private final int columns;
  private final Tensor operand;
  private final Tensor result;
  private final float[] x;
  private final float[] out;
  private final int[] index;

  PoolContest(Backend home, int batch, int channels, int height, int width) {
    this.batch = batch;
    this.channels = channels;
    this.height = height;
    this.width = width;
    rows = height / 2;
    columns = width / 2;
    float[] drawn = Operands.random(1, batch * channels * height * width, -1, 1);
    operand = Tensor.of(home, drawn, batch, channels, height, width);
    result = Operands.empty(home, batch, channels, rows, columns);
    x = Operands.array(operand);
    out = Operands.array(result);
    index = new int[out.length];
  }

  @Override
  public double flops() {
    return 3.0 * out.length;
  }

  @Override
  public double bytes() {
    return 4.0 * (x.length + 2.0 * out.length);
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    Runnable reset = () -> Arrays.fill(out, Float.NaN);
    int planes = batch * channels;
    return List.of(
        Level.of("plain", "loops over windows", planes, 1, this::plain, reset, out::clone),
        Level.of(
            "auto", "unrolled; C2 leaves it scalar", planes, 1, this::four, reset, out::clone));
  }

  private void plain(int from, int to) {
    for (int plane = from; plane < to; plane++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          int at = (plane * rows + i) * columns + j;
          float best = Float.NEGATIVE_INFINITY;
          for (int p = 0; p < 2; p++) {
            for (int q = 0; q < 2; q++) {
              int place = (2 * i + p) * width + 2 * j + q;
              float v = x[plane * height * width + place];
              if (v > best) {
                best = v;
                index[at] = place;
              }
            }
          }
          out[at] = best;
        }
      }
    }
  }

  /** The four elements of a window without loops or branches. */
  private void four(int from, int to) {
    for (int plane = from; plane < to; plane++) {
      for (int i = 0; i < rows; i++) {
        int place = 2 * i * width;
        int at = (plane * rows + i) * columns;
        row(x, plane * height * width, place, width, out, index, at, columns);
      }
    }
  }

  private static void row(
      float[] x, int plane, int place, int width, float[] out, int[] index, int at, int columns) {
    for (int j = 0; j < columns; j++) {
      int top = place + 2 * j;
      int bottom = top + width;
      float a = x[plane + top];
      float b = x[plane + top + 1];
      float c = x[plane + bottom];
      float d = x[plane + bottom + 1];
      float upper = Math.max(a, b);
      float lower = Math.max(c, d);
      int upperPlace = b > a ? top + 1 : top;
      int lowerPlace = d > c ? bottom + 1 : bottom;
      out[at + j] = Math.max(upper, lower);
      index[at + j] = lower > upper ? lowerPlace : upperPlace;
    }
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor t = Operands.on(backend, operand);
    Tensor y = Operands.on(backend, result);
    Tensor places = Tensor.zeros(backend, DType.I32, batch, channels, rows, columns);
    ConvolutionKernels kernels = backend.kernels().convolutions();
    return new Level(
        name,
        note,
        () -> kernels.maxPool2d(t, SPEC, y, places),
        () -> Operands.forget(y),
        y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    Tensor y = Operands.exact(reference, batch, channels, rows, columns);
    Tensor places = Tensor.zeros(reference, DType.I32, batch, channels, rows, columns);
    reference
        .kernels()
        .convolutions()
        .maxPool2d(Operands.exact(reference, x, batch, channels, height, width), SPEC, y, places);
    return Judge.ulps(y.toDoubleArray(), 0);
  }
}
