package org.adjoint.cpu;

import org.jspecify.annotations.Nullable;

/**
 * The convolution as a product: y[o, p] = bias[o] + Σ_k w[o, k] · column[k, p], the column matrix
 * read out of shifted planes ({@link ConvGeometry}). Each element is one chain of fused
 * multiply-adds in the order of (c, r, s), begun with the bias; taps that fall on padding multiply
 * a zero. Parts take images, groups and bands of output rows.
 */
final class FloatConvForward extends Region {
  private static final float[] NONE = {};
  private static final ThreadLocal<FloatConvForward> CURRENT =
      ThreadLocal.withInitial(FloatConvForward::new);

  private @Nullable ConvGeometry geometry;
  private float[] x = NONE;
  private int xAt;
  private float[] w = NONE;
  private int wAt;
  private boolean turned;
  private float @Nullable [] bias;
  private int biasAt;
  private float[] y = NONE;
  private int yAt;
  private int chunk;

  private FloatConvForward() {}

  static FloatConvForward current() {
    return CURRENT.get();
  }

  FloatConvForward x(float[] array, int at) {
    x = array;
    xAt = at;
    return this;
  }

  /**
   * Sets the filters.
   *
   * @param turn whether the array holds the filters of the convolution whose gradient is computed,
   *     [in, out, kernelH, kernelW] in terms of this one, each to be turned by half a turn
   */
  FloatConvForward w(float[] array, int at, boolean turn) {
    w = array;
    wAt = at;
    turned = turn;
    return this;
  }

  FloatConvForward bias(float @Nullable [] array, int at) {
    bias = array;
    biasAt = at;
    return this;
  }

  FloatConvForward y(float[] array, int at) {
    y = array;
    yAt = at;
    return this;
  }

  void run(ConvGeometry g) {
    geometry = g;
    try {
      if (g.batch == 0 || g.outPixels == 0) {
        return;
      }
      int parts = Parallel.partsFor(g.work() * g.batch * g.groups);
      chunk = g.chunkRows(parts);
      int units = g.batch * g.groups * bands(g);
      Parallel.run(this, Math.min(parts, units));
    } finally {
      x = NONE;
      w = NONE;
      y = NONE;
      bias = null;
      geometry = null;
    }
  }

  private int bands(ConvGeometry g) {
    return (g.outHeight + chunk - 1) / chunk;
  }

  // Units are in the order group, image, band, so that a part packs the filters of few groups.
  @Override
  public void run(int part, int parts) {
    ConvGeometry g = geometry;
    if (g == null) {
      return;
    }
    FloatScratch s = FloatScratch.current(g.work() * g.batch * g.groups / parts);
    int bands = bands(g);
    int perGroup = g.batch * bands;
    int units = g.groups * perGroup;
    int end = first(units, part + 1, parts);
    int packed = -1;
    int tabled = -1;
    for (int unit = first(units, part, parts); unit < end; unit++) {
      int group = unit / perGroup;
      if (group != packed) {
        packFilters(s, g, group);
        packed = group;
      }
      int band = unit % bands;
      int rows = Math.min(chunk, g.outHeight - band * chunk);
      if (rows != tabled) {
        g.table(rows, s.taps(g.taps));
        tabled = rows;
      }
      int image = unit % perGroup / bands;
      band(s, g, group, image, band * chunk, rows);
    }
  }

  /** Packs the filters of a group, block of taps after block of taps. */
  private void packFilters(FloatScratch s, ConvGeometry g, int group) {
    int rows = g.outChannels;
    int size = (rows + FloatScratch.TILE_ROWS) * g.taps;
    float[] packed = s.a(size);
    if (!turned) {
      pack(s, g, w, wAt + group * rows * g.taps, packed);
      return;
    }
    float[] plain = s.filters(rows * g.taps);
    int area = g.kernelH * g.kernelW;
    int from = wAt + group * g.inChannels * rows * area;
    for (int o = 0; o < rows; o++) {
      for (int c = 0; c < g.inChannels; c++) {
        int to = o * g.taps + c * area;
        int last = from + (c * rows + o) * area + area - 1;
        for (int i = 0; i < area; i++) {
          plain[to + i] = w[last - i];
        }
      }
    }
    pack(s, g, plain, 0, packed);
  }

  private static void pack(FloatScratch s, ConvGeometry g, float[] from, int at, float[] packed) {
    int to = 0;
    for (int k = 0; k < g.taps; k += FloatScratch.KC) {
      int kc = Math.min(FloatScratch.KC, g.taps - k);
      for (int o = 0; o < g.outChannels; ) {
        int width = s.tileFor(g.outChannels - o).rows;
        int valid = Math.min(width, g.outChannels - o);
        s.tile.pack(from, at + o * g.taps + k, g.taps, 1, valid, kc, packed, to, width);
        to += width * kc;
        o += width;
      }
    }
  }

  /** Some rows of one image and group. */
  private void band(FloatScratch s, ConvGeometry g, int group, int image, int row, int rows) {
    int channels = image * g.groups + group;
    float[] planes = s.b(g.planesSize(rows) + ConvGeometry.SLACK);
    FloatConvPlanes.fill(
        s.tile,
        g,
        x,
        xAt + channels * g.inChannels * g.inPixels,
        0,
        g.inChannels,
        row,
        rows,
        planes,
        0);
    int[] table = s.taps(g.taps);
    FloatPanels panels = s.panels;
    int to = yAt + channels * g.outChannels * g.outPixels + row * g.outWidth;
    panels.set(y, to, g.outPixels, 1, rows * g.outWidth);
    float[] packed = s.a(0);
    int at = 0;
    int k = 0;
    do {
      int kc = Math.min(FloatScratch.KC, g.taps - k);
      panels.rows(planes, 0, table, k, kc);
      if (k > 0) {
        panels.continueC();
      } else if (bias != null) {
        panels.startBias(bias, biasAt + group * g.outChannels, false);
      } else {
        panels.startZero();
      }
      for (int o = 0; o < g.outChannels; ) {
        FloatTile tile = s.tileFor(g.outChannels - o);
        panels.strip(tile, packed, at, o, Math.min(tile.rows, g.outChannels - o));
        at += tile.rows * kc;
        o += tile.rows;
      }
      k += kc;
    } while (k < g.taps);
  }
}
