package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.adjoint.kernels.Conv2dSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Convolutions against their definition: forward bit for bit, gradients against plain sums. */
class DoubleConvTest {
  private final int threads = Parallel.threads();

  @AfterEach
  void restore() {
    Parallel.setThreads(threads);
  }

  /** One convolution with its data and, worked out in the simplest way, its gradients. */
  private static final class Case {
    final ConvGeometry g;
    final String name;
    final double[] x;
    final double[] w;
    final double[] bias;
    final double[] dy;
    final double[] y;
    final double[] dx;
    final double[] dxSize;
    final double[] dw;
    final double[] dwSize;

    Case(int batch, int c, int h, int width, int o, int kh, int kw, Conv2dSpec spec) {
      g = new ConvGeometry(batch, c, h, width, o, kh, kw, spec);
      name = Arrays.toString(new int[] {batch, c, h, width, o, kh, kw}) + spec;
      x = DoubleGemmTest.random(batch * c * h * width, 1);
      w = DoubleGemmTest.random(o * g.taps, 2);
      bias = DoubleGemmTest.random(o, 3);
      dy = DoubleGemmTest.random(batch * o * g.outPixels, 4);
      y = new double[dy.length];
      dx = new double[x.length];
      dxSize = new double[x.length];
      dw = new double[w.length];
      dwSize = new double[w.length];
      for (int i = 0; i < y.length; i++) {
        element(i, i / g.outPixels % o, i / g.outPixels / o);
      }
    }

    private void element(int at, int o, int image) {
      int i = at % g.outPixels / g.outWidth;
      int j = at % g.outWidth;
      int channel = (image * g.groups + o / g.outChannels) * g.inChannels;
      double sum = bias[o];
      for (int k = 0; k < g.taps; k++) {
        int row = i * g.strideH + k / g.kernelW % g.kernelH * g.dilationH - g.padH;
        int col = j * g.strideW + k % g.kernelW * g.dilationW - g.padW;
        int wAt = o * g.taps + k;
        boolean inside = row >= 0 && row < g.inHeight && col >= 0 && col < g.inWidth;
        int xAt = (channel + k / (g.kernelH * g.kernelW)) * g.inPixels + row * g.inWidth + col;
        sum = Math.fma(w[wAt], inside ? x[xAt] : 0.0, sum);
        if (inside) {
          dx[xAt] += dy[at] * w[wAt];
          dxSize[xAt] += Math.abs(dy[at] * w[wAt]);
          dw[wAt] += dy[at] * x[xAt];
          dwSize[wAt] += Math.abs(dy[at] * x[xAt]);
        }
      }
      y[at] = sum;
    }

    void check() {
      double[] out = new double[y.length];
      Arrays.fill(out, Double.NaN);
      DoubleConvForward.current().x(x, 0).w(w, 0, false).bias(bias, 0).y(out, 0).run(g);
      assertArrayEquals(y, out, name);
      double[] gradient = new double[x.length];
      if (g.strideH == 1 && g.strideW == 1) {
        Arrays.fill(gradient, Double.NaN);
        DoubleConvForward.current()
            .x(dy, 0)
            .w(w, 0, true)
            .bias(null, 0)
            .y(gradient, 0)
            .run(g.backward());
        near(dx, dxSize, gradient);
      }
      Arrays.fill(gradient, Double.NaN);
      DoubleConvInput.current().dy(dy, 0).w(w, 0).run(g, gradient, 0);
      near(dx, dxSize, gradient);
      double[] weights = new double[w.length];
      Arrays.fill(weights, Double.NaN);
      DoubleConvWeight.current().x(x, 0).dy(dy, 0).run(g, weights, 0);
      near(dw, dwSize, weights);
    }

    private void near(double[] expected, double[] size, double[] actual) {
      for (int i = 0; i < actual.length; i++) {
        double error = Math.abs(actual[i] - expected[i]);
        int at = i;
        assertTrue(error <= 1e-13 * size[i], () -> name + " at " + at + ": " + error);
      }
    }
  }

  @Test
  void allGeometries() {
    Random r = new Random(7);
    for (int i = 0; i < 1_000; i++) {
      int groups = 1 + r.nextInt(2);
      Conv2dSpec spec =
          new Conv2dSpec(
              1 + r.nextInt(3),
              1 + r.nextInt(3),
              r.nextInt(4),
              r.nextInt(4),
              1 + r.nextInt(3),
              1 + r.nextInt(3),
              groups);
      new Case(
              1 + r.nextInt(3),
              groups * (1 + r.nextInt(3)),
              1 + r.nextInt(12),
              1 + r.nextInt(12),
              groups * (1 + r.nextInt(5)),
              1 + r.nextInt(4),
              1 + r.nextInt(4),
              spec)
          .check();
    }
  }

  @Test
  void imagesLargerThanTheCacheAndDeepFilters() {
    for (int count : new int[] {1, 2, 5}) {
      Parallel.setThreads(count);
      new Case(1, 2, 150, 160, 3, 3, 3, Conv2dSpec.of(1, 1, 1, 1)).check();
      new Case(2, 50, 9, 9, 12, 3, 3, Conv2dSpec.of(1, 1, 1, 1)).check();
      new Case(17, 6, 14, 14, 16, 5, 5, Conv2dSpec.DEFAULT).check();
      new Case(3, 4, 3, 3, 400, 1, 1, Conv2dSpec.DEFAULT).check();
    }
  }

  @Test
  void stepsThatAreNeverMadeMayBeHuge() {
    int huge = Integer.MAX_VALUE;
    new Case(1, 2, 5, 4, 3, 5, 4, new Conv2dSpec(huge, huge, 0, 0, 1, 1, 1)).check();
    new Case(1, 2, 5, 4, 3, 1, 1, new Conv2dSpec(1, 2, 0, 0, huge, huge, 1)).check();
  }

  @Test
  void nothingToDo() {
    ConvGeometry none = new ConvGeometry(0, 2, 5, 5, 3, 3, 3, Conv2dSpec.DEFAULT);
    DoubleConvForward.current().x(new double[0], 0).w(new double[54], 0, false).run(none);
    DoubleConvInput.current().dy(new double[0], 0).w(new double[54], 0).run(none, new double[0], 0);
    double[] dw = new double[54];
    Arrays.fill(dw, 1);
    DoubleConvWeight.current().x(new double[0], 0).dy(new double[0], 0).run(none, dw, 0);
    assertArrayEquals(new double[54], dw);
  }

  @Test
  void infinityStaysWithTheTapsThatReadIt() {
    ConvGeometry g = new ConvGeometry(1, 2, 3, 3, 1, 2, 2, Conv2dSpec.DEFAULT);
    double[] x = DoubleGemmTest.random(18, 1);
    x[9] = Double.POSITIVE_INFINITY;
    double[] dw = new double[8];
    DoubleConvWeight.current().x(x, 0).dy(DoubleGemmTest.random(4, 2), 0).run(g, dw, 0);
    for (int i = 0; i < 8; i++) {
      assertEquals(i != 4, Double.isFinite(dw[i]), "tap " + i);
    }
  }

  @Test
  void plainTileEqualsVectorTile() {
    DoubleConvTile fast = new DoubleConvVectorTile();
    DoubleConvTile plain = new DoubleConvTile.Plain();
    double[] a = DoubleGemmTest.random(6 * 64, 1);
    double[] b = DoubleGemmTest.random(4 * 64, 2);
    int[] aRows = {0, 64, 128, 192, 256, 320};
    int[] bRows = {0, 64, 128, 192};
    int[] steps = {0, 16, 48};
    double[] one = new double[6 * 4 * 16];
    double[] two = new double[6 * 4 * 16];
    plain.run(3, a, aRows, steps, b, bRows, steps, one, 0);
    fast.run(3, a, aRows, steps, b, bRows, steps, two, 0);
    int same = fast.rows * 4 * 16;
    assertArrayEquals(Arrays.copyOf(one, same), Arrays.copyOf(two, same));
  }
}
