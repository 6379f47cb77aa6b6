package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a convolution by its filters: dw[o, k] = Σ_n Σ_p dy[n, o, p] · column[n, k, p].
 *
 * <p>A unit of work is a chunk of the batch, a group and a block of input channels. It lays out the
 * planes ({@link ConvGeometry}) of as many images as fit the cache, then lets the tiles run along
 * the pixels of all of them; a rest of fewer than 16 pixels is copied aside and padded with zeros.
 * Chunks and blocks depend on the shape alone; the sums of chunks are added in their order.
 */
final class DoubleConvWeight extends Region {
  private static final int UNITS = 8;

  /** Steps that a tile should make between loading and storing its sums. */
  private static final int STEPS = 32;

  private static final int CHAINS = DoubleConvTile.CHAINS;
  private static final int TAPS = DoubleConvTile.TAPS;
  private static final double[] NONE = {};
  private static final ThreadLocal<DoubleConvWeight> CURRENT =
      ThreadLocal.withInitial(DoubleConvWeight::new);
  private static final ThreadLocal<Work> WORK = ThreadLocal.withInitial(Work::new);

  private @Nullable ConvGeometry geometry;
  private double[] x = NONE;
  private int xAt;
  private double[] dy = NONE;
  private int dyAt;
  private double[] partial = NONE;
  private int chunks;
  private int bandRows;
  private int blockChannels;
  private int images;

  private DoubleConvWeight() {}

  static DoubleConvWeight current() {
    return CURRENT.get();
  }

  DoubleConvWeight x(double[] array, int at) {
    x = array;
    xAt = at;
    return this;
  }

  DoubleConvWeight dy(double[] array, int at) {
    dy = array;
    dyAt = at;
    return this;
  }

  /** Computes dw, [groups · outChannels, taps], from {@code at}. */
  void run(ConvGeometry g, double[] dw, int at) {
    geometry = g;
    try {
      int size = g.groups * g.outChannels * g.taps;
      if (g.batch == 0 || size == 0 || g.outPixels == 0) {
        Arrays.fill(dw, at, at + size, 0.0);
        return;
      }
      plan(g);
      if (partial.length < chunks * size) {
        partial = new double[chunks * size];
      }
      int units = chunks * g.groups * blocks(g);
      Parallel.run(this, Math.min(units, Parallel.partsFor(g.work() * g.batch * g.groups)));
      System.arraycopy(partial, 0, dw, at, size);
      for (int chunk = 1; chunk < chunks; chunk++) {
        add(partial, chunk * size, dw, at, size);
      }
    } finally {
      x = NONE;
      dy = NONE;
      geometry = null;
    }
  }

  private static void add(double[] from, int fromAt, double[] to, int toAt, int count) {
    for (int i = 0; i < count; i++) {
      to[toAt + i] += from[fromAt + i];
    }
  }

  /** Chooses bands, channel blocks, images at a time and chunks, from the shape alone. */
  private void plan(ConvGeometry g) {
    bandRows = g.chunkRows(1);
    int perChannel = Math.max(1, g.planesSize(bandRows) / g.inChannels);
    int steps = Math.max(1, bandRows * g.outWidth / CHAINS);
    int wanted = Math.min(g.batch, (STEPS + steps - 1) / steps);
    blockChannels =
        Math.clamp(ConvGeometry.PLANE_ELEMENTS / ((long) perChannel * wanted), 1, g.inChannels);
    images = Math.clamp(ConvGeometry.PLANE_ELEMENTS / (perChannel * blockChannels), 1, g.batch);
    if (bandRows < g.outHeight) {
      images = 1;
    }
    int others = g.groups * blocks(g);
    chunks = Math.clamp((UNITS + others - 1) / others, 1, g.batch);
  }

  private int blocks(ConvGeometry g) {
    return (g.inChannels + blockChannels - 1) / blockChannels;
  }

  @Override
  public void run(int part, int parts) {
    ConvGeometry g = geometry;
    if (g == null) {
      return;
    }
    Work work = WORK.get();
    int blocks = blocks(g);
    int units = chunks * g.groups * blocks;
    int end = first(units, part + 1, parts);
    for (int unit = first(units, part, parts); unit < end; unit++) {
      unit(work, g, unit / (g.groups * blocks), unit / blocks % g.groups, unit % blocks);
    }
  }

  private void unit(Work work, ConvGeometry g, int chunk, int group, int block) {
    int channel = block * blockChannels;
    int channels = Math.min(blockChannels, g.inChannels - channel);
    int taps = channels * g.kernelH * g.kernelW;
    work.start(g.outChannels, taps);
    int until = first(g.batch, chunk + 1, chunks);
    for (int n = first(g.batch, chunk, chunks); n < until; n += images) {
      int count = Math.min(images, until - n);
      for (int row = 0; row < g.outHeight; row += bandRows) {
        int rows = Math.min(bandRows, g.outHeight - row);
        int size = channels * g.planesOfChannel() * g.planeSize(rows);
        double[] planes = work.planes(count * size + ConvGeometry.SLACK);
        g.table(rows, work.table(g.taps));
        work.positions(g, dyAt, n, count, group, row, rows, size);
        for (int i = 0; i < count; i++) {
          int image = ((n + i) * g.groups + group) * g.inChannels * g.inPixels;
          DoubleConvPlanes.fill(
              work.scratch.tile, g, x, xAt + image, channel, channels, row, rows, planes, i * size);
        }
        work.sum(g, dy, rows * g.outWidth, count, taps);
      }
    }
    int to = (chunk * g.groups + group) * g.outChannels * g.taps;
    work.fold(partial, to + channel * g.kernelH * g.kernelW, g.taps, g.outChannels, taps);
  }

  /** The working memory of a thread. */
  private static final class Work {
    final DoubleScratch scratch = DoubleScratch.current();
    private final DoubleConvTile tile = DoubleConvTile.best();
    private final int[] aRows = new int[tile.rows];
    private final int[] bRows = new int[TAPS];
    private final int[] aRest = new int[tile.rows];
    private final int[] bRest = new int[TAPS];
    private double[] sums = NONE;
    private double[] planes = NONE;
    private double[] dyRest = NONE;
    private double[] columnRest = NONE;
    private int[] table = {};
    private int[] aSteps = {};
    private int[] bSteps = {};
    private int[] aRestSteps = {};
    private int[] bRestSteps = {};
    private int dyFirst;
    private int dyNext;
    private int planesNext;

    void start(int channels, int taps) {
      int size = tiles(channels, tile.rows) * tiles(taps, TAPS) * tile.rows * TAPS * CHAINS;
      if (sums.length < size) {
        sums = new double[size];
      }
      Arrays.fill(sums, 0, size, 0.0);
    }

    private static int tiles(int count, int each) {
      return (count + each - 1) / each;
    }

    double[] planes(int size) {
      if (planes.length < size) {
        planes = new double[size];
      }
      return planes;
    }

    int[] table(int size) {
      if (table.length < size) {
        table = new int[size];
      }
      return table;
    }

    /** Sets where the steps of {@code count} images from image n are. */
    void positions(
        ConvGeometry g, int dyAt, int n, int count, int group, int row, int rows, int size) {
      int steps = rows * g.outWidth / CHAINS;
      if (aSteps.length < count * steps) {
        aSteps = new int[count * steps];
        bSteps = new int[count * steps];
      }
      dyFirst = dyAt + (n * g.groups + group) * g.outChannels * g.outPixels + row * g.outWidth;
      dyNext = g.groups * g.outChannels * g.outPixels;
      planesNext = size;
      for (int i = 0; i < count; i++) {
        for (int p = 0; p < steps; p++) {
          aSteps[i * steps + p] = dyFirst + i * dyNext + p * CHAINS;
          bSteps[i * steps + p] = i * size + p * CHAINS;
        }
      }
    }

    /** Adds the products of the images laid out. */
    void sum(ConvGeometry g, double[] dy, int pixels, int count, int taps) {
      int steps = pixels / CHAINS * count;
      int rest = pixels % CHAINS;
      if (rest > 0) {
        copyRest(g, dy, pixels - rest, rest, count, taps);
      }
      int at = 0;
      for (int t = 0; t < taps; t += TAPS) {
        for (int j = 0; j < TAPS; j++) {
          int tap = Math.min(t + j, taps - 1);
          bRows[j] = table[tap];
          bRest[j] = tap * CHAINS;
        }
        for (int o = 0; o < g.outChannels; o += tile.rows) {
          for (int r = 0; r < tile.rows; r++) {
            int channel = Math.min(o + r, g.outChannels - 1);
            aRows[r] = channel * g.outPixels;
            aRest[r] = channel * CHAINS;
          }
          if (steps > 0) {
            tile.run(steps, dy, aRows, aSteps, planes, bRows, bSteps, sums, at);
          }
          if (rest > 0) {
            tile.run(count, dyRest, aRest, aRestSteps, columnRest, bRest, bRestSteps, sums, at);
          }
          at += tile.rows * TAPS * CHAINS;
        }
      }
    }

    /** Copies the last pixels of each image aside, so that no step reads what is not its own. */
    private void copyRest(ConvGeometry g, double[] dy, int from, int rest, int count, int taps) {
      int aSize = g.outChannels * CHAINS;
      int bSize = taps * CHAINS;
      if (dyRest.length < count * aSize) {
        dyRest = new double[count * aSize];
      }
      if (columnRest.length < count * bSize) {
        columnRest = new double[count * bSize];
      }
      if (aRestSteps.length < count) {
        aRestSteps = new int[count];
        bRestSteps = new int[count];
      }
      for (int i = 0; i < count; i++) {
        aRestSteps[i] = i * aSize;
        bRestSteps[i] = i * bSize;
        for (int o = 0; o < g.outChannels; o++) {
          aside(
              dy,
              dyFirst + i * dyNext + o * g.outPixels + from,
              rest,
              dyRest,
              i * aSize + o * CHAINS);
        }
        for (int t = 0; t < taps; t++) {
          aside(planes, i * planesNext + table[t] + from, rest, columnRest, i * bSize + t * CHAINS);
        }
      }
    }

    private static void aside(double[] from, int at, int rest, double[] to, int toAt) {
      for (int i = 0; i < rest; i++) {
        to[toAt + i] = from[at + i];
      }
      for (int i = rest; i < CHAINS; i++) {
        to[toAt + i] = 0.0;
      }
    }

    /** Folds the sums into rows of dw. */
    void fold(double[] to, int toAt, int row, int channels, int taps) {
      int at = 0;
      for (int t = 0; t < taps; t += TAPS) {
        for (int o = 0; o < channels; o += tile.rows) {
          for (int r = 0; r < Math.min(tile.rows, channels - o); r++) {
            for (int j = 0; j < Math.min(TAPS, taps - t); j++) {
              to[toAt + (o + r) * row + t + j] =
                  DoubleConvTile.fold(sums, at + (r * TAPS + j) * CHAINS);
            }
          }
          at += tile.rows * TAPS * CHAINS;
        }
      }
    }
  }
}
