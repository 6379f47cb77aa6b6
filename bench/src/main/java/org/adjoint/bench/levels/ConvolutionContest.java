package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.tensor.Tensor;

/** A convolution with stride 1 and no padding: [batch, channels, h, w] by [filters, …, r, r]. */
final class ConvolutionContest implements Contest {
  private final int batch;
  private final int channels;
  private final int height;
  private final int width;
  private final int filters;
  private final int kernel;
  private final int rows;
  private final int columns;
  private final Tensor images;
  private final Tensor taps;
  private final Tensor result;
  private final float[] x;
  private final float[] w;
  private final float[] out;

  ConvolutionContest(
      Backend home, int batch, int channels, int height, int width, int filters, int kernel) {
    this.batch = batch;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.filters = filters;
    this.kernel = kernel;
    rows = height - kernel + 1;
    columns = width - kernel + 1;
    float[] drawn = Operands.random(1, batch * channels * height * width, -1, 1);
    images = Tensor.of(home, drawn, batch, channels, height, width);
    drawn = Operands.random(2, filters * channels * kernel * kernel, -1, 1);
    taps = Tensor.of(home, drawn, filters, channels, kernel, kernel);
    result = Operands.empty(home, batch, filters, rows, columns);
    x = Operands.array(images);
    w = Operands.array(taps);
    out = Operands.array(result);
  }

  @Override
  public double flops() {
    return 2.0 * out.length * channels * kernel * kernel;
  }

  @Override
  public double bytes() {
    return 4.0 * ((double) x.length + w.length + out.length);
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.FMA;
  }

  @Override
  public List<Level> byHand() {
    Runnable reset = () -> Arrays.fill(out, Float.NaN);
    String note = "windows as columns; C2 vectorises";
    return List.of(
        Level.of("plain", "window by window", batch, 1, this::plain, reset, out::clone),
        Level.of("auto", note, batch, 1, this::columnsOfWindows, reset, out::clone));
  }

  private void plain(int from, int to) {
    for (int plane = from * filters; plane < to * filters; plane++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          out[(plane * rows + i) * columns + j] = window(plane / filters, plane % filters, i, j);
        }
      }
    }
  }

  private float window(int image, int filter, int i, int j) {
    float sum = 0;
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < kernel; p++) {
        for (int q = 0; q < kernel; q++) {
          sum +=
              x[((image * channels + c) * height + i + p) * width + j + q]
                  * w[((filter * channels + c) * kernel + p) * kernel + q];
        }
      }
    }
    return sum;
  }

  /**
   * For every tap, the elements of x that it meets are laid out as a row; a result plane is the sum
   * of multiples of these rows (what the field calls im2col).
   */
  private void columnsOfWindows(int from, int to) {
    int area = rows * columns;
    float[] met = new float[area];
    float[][] planes = new float[filters][area];
    for (int image = from; image < to; image++) {
      for (float[] plane : planes) {
        Arrays.fill(plane, 0f);
      }
      for (int tap = 0; tap < channels * kernel * kernel; tap++) {
        int p = tap / kernel % kernel;
        int q = tap % kernel;
        int at = ((image * channels + tap / kernel / kernel) * height + p) * width + q;
        for (int i = 0; i < rows; i++) {
          System.arraycopy(x, at + i * width, met, i * columns, columns);
        }
        for (int f = 0; f < filters; f++) {
          float weight = w[f * channels * kernel * kernel + tap];
          MatmulContest.addMultiple(weight, met, planes[f], 0, area);
        }
      }
      for (int f = 0; f < filters; f++) {
        System.arraycopy(planes[f], 0, out, (image * filters + f) * area, area);
      }
    }
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor image = Operands.on(backend, images);
    Tensor filter = Operands.on(backend, taps);
    Tensor y = Operands.on(backend, result);
    ConvolutionKernels kernels = backend.kernels().convolutions();
    return new Level(
        name,
        note,
        () -> kernels.conv2d(image, filter, null, Conv2dSpec.DEFAULT, y),
        () -> Operands.forget(y),
        y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    double[] r = convolved(reference, x, w);
    double[] sums = convolved(reference, MatmulContest.absolute(x), MatmulContest.absolute(w));
    return Judge.sums(r, sums, channels * kernel * kernel);
  }

  private double[] convolved(Backend reference, float[] x, float[] w) {
    Tensor y = Operands.exact(reference, batch, filters, rows, columns);
    reference
        .kernels()
        .convolutions()
        .conv2d(
            Operands.exact(reference, x, batch, channels, height, width),
            Operands.exact(reference, w, filters, channels, kernel, kernel),
            null,
            Conv2dSpec.DEFAULT,
            y);
    return y.toDoubleArray();
  }
}
