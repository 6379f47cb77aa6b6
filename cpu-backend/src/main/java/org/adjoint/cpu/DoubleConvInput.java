package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a convolution by its input where {@link ConvGeometry#backward} does not serve:
 * the products wᵀ · dy of a few input channels at a time, each row of which is added to the places
 * that its tap has read, in the order of the taps. Parts take images and groups.
 */
final class DoubleConvInput extends Region {
  /** Elements of products that a part keeps in its second-level cache. */
  private static final int PRODUCT_ELEMENTS = 40_000;

  private static final double[] NONE = {};
  private static final ThreadLocal<DoubleConvInput> CURRENT =
      ThreadLocal.withInitial(DoubleConvInput::new);

  private @Nullable ConvGeometry geometry;
  private double[] dy = NONE;
  private int dyAt;
  private double[] w = NONE;
  private int wAt;
  private double[] dx = NONE;
  private int dxAt;

  private DoubleConvInput() {}

  static DoubleConvInput current() {
    return CURRENT.get();
  }

  DoubleConvInput dy(double[] array, int at) {
    dy = array;
    dyAt = at;
    return this;
  }

  DoubleConvInput w(double[] array, int at) {
    w = array;
    wAt = at;
    return this;
  }

  /** Computes dx from {@code at}. */
  void run(ConvGeometry g, double[] array, int at) {
    geometry = g;
    dx = array;
    dxAt = at;
    try {
      int units = g.batch * g.groups;
      Parallel.run(this, Math.min(units, Parallel.partsFor(g.work() * units)));
    } finally {
      dy = NONE;
      w = NONE;
      dx = NONE;
      geometry = null;
    }
  }

  @Override
  public void run(int part, int parts) {
    ConvGeometry g = geometry;
    if (g == null) {
      return;
    }
    DoubleScratch s = DoubleScratch.current();
    int end = first(g.batch * g.groups, part + 1, parts);
    for (int unit = first(g.batch * g.groups, part, parts); unit < end; unit++) {
      int to = dxAt + unit * g.inChannels * g.inPixels;
      Arrays.fill(dx, to, to + g.inChannels * g.inPixels, 0.0);
      if (g.outPixels > 0 && g.outChannels > 0) {
        image(s, g, unit, to);
      }
    }
  }

  private void image(DoubleScratch s, ConvGeometry g, int unit, int to) {
    int area = g.kernelH * g.kernelW;
    int pitch = (g.outPixels + s.tile.lanes - 1) / s.tile.lanes * s.tile.lanes;
    int channels =
        Math.clamp(PRODUCT_ELEMENTS / Math.max(1L, (long) area * pitch), 1, g.inChannels);
    int from = dyAt + unit * g.outChannels * g.outPixels;
    int filters = wAt + unit % g.groups * g.outChannels * g.taps;
    for (int c = 0; c < g.inChannels; c += channels) {
      int count = Math.min(channels, g.inChannels - c);
      int rows = count * area;
      double[] products = s.filters(rows * pitch + ConvGeometry.SLACK);
      multiply(s, g, filters + c * area, from, products, rows, pitch);
      for (int i = 0; i < count; i++) {
        scatter(s, g, products, i * area * pitch, pitch, to + (c + i) * g.inPixels);
      }
    }
  }

  /** products[k, p] = Σ_o w[o, k] · dy[o, p], for {@code rows} taps. */
  private void multiply(
      DoubleScratch s,
      ConvGeometry g,
      int wFrom,
      int from,
      double[] products,
      int rows,
      int pitch) {
    DoublePanels panels = s.panels;
    for (int o = 0; o < g.outChannels; o += DoubleScratch.KC) {
      int depth = Math.min(DoubleScratch.KC, g.outChannels - o);
      panels.set(products, 0, pitch, 1, pitch);
      if (o > 0) {
        panels.continueC();
      } else {
        panels.startZero();
      }
      panels.set(products, 0, pitch, 1, g.outPixels);
      panels.pack(dy, from + o * g.outPixels, g.outPixels, 1, depth);
      panels.set(products, 0, pitch, 1, pitch);
      panels.multiply(w, wFrom + o * g.taps, 1, g.taps, rows);
    }
  }

  /** Adds the products of one input channel to its plane of dx. */
  private void scatter(
      DoubleScratch scratch, ConvGeometry g, double[] products, int at, int pitch, int to) {
    int from = at;
    for (int r = 0; r < g.kernelH; r++) {
      int top = r * g.dilationH - g.padH;
      for (int s = 0; s < g.kernelW; s++) {
        int left = s * g.dilationW - g.padW;
        int first = ConvGeometry.firstInside(left, g.strideW, g.outWidth);
        int last = ConvGeometry.lastInside(left, g.strideW, g.inWidth, g.outWidth);
        int firstRow = ConvGeometry.firstInside(top, g.strideH, g.outHeight);
        int lastRow = ConvGeometry.lastInside(top, g.strideH, g.inHeight, g.outHeight);
        int target = to + (top + firstRow * g.strideH) * g.inWidth + left + first * g.strideW;
        int source = from + firstRow * g.outWidth + first;
        int rows = lastRow - firstRow;
        int step = g.strideH * g.inWidth;
        if (g.strideW == 1) {
          scratch.tile.addRows(products, source, g.outWidth, rows, last - first, dx, target, step);
        } else {
          spread(products, source, g.outWidth, rows, last - first, dx, target, step, g.strideW);
        }
        from += pitch;
      }
    }
  }

  private static void spread(
      double[] from,
      int at,
      int step,
      int rows,
      int count,
      double[] to,
      int toAt,
      int toStep,
      int stride) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < count; j++) {
        to[toAt + i * toStep + j * stride] += from[at + i * step + j];
      }
    }
  }
}
