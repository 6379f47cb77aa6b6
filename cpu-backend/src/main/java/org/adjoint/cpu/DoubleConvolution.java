package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.Conv2dSpec;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution of plain arrays as matrix products over patches. For a block of
 * output rows of one image the patches are laid out as a matrix P [taps, pixels], small enough to
 * stay in the second-level cache; the matrix of all patches never exists. With W [filters, taps]:
 *
 * <pre>{@code
 * forward   Y  = bias + W · P          a part does blocks of images
 * input     dP = Wᵀ · dY, added to dX   a part does whole images
 * weight    dW = Σ dY · Pᵀ             a part does whole chunks of images, added up at the end
 * }</pre>
 *
 * <p>Blocks and chunks are functions of the shapes alone, so results do not depend on the number of
 * threads.
 */
final class DoubleConvolution extends Region {
  private enum Direction {
    FORWARD,
    INPUT,
    WEIGHT
  }

  /** Elements of a block of patches: 256 KiB, a quarter of a usual second-level cache. */
  private static final int BLOCK = 1 << 16;

  /** Chunks of the batch in the gradient by weight, and the most that their sums may take. */
  private static final int CHUNKS = 16;

  private static final int CHUNK_ELEMENTS = 1 << 22;

  private static final double[] NONE = {};
  private static final ThreadLocal<DoubleConvolution> CURRENT =
      ThreadLocal.withInitial(DoubleConvolution::new);
  private static final ThreadLocal<double[][]> PATCHES =
      ThreadLocal.withInitial(() -> new double[][] {NONE});

  private Direction direction = Direction.FORWARD;
  private Geometry g = Geometry.NONE;
  private double[] x = NONE;
  private int xAt;
  private double[] w = NONE;
  private int wAt;
  private double[] y = NONE;
  private int yAt;
  private double @Nullable [] bias;
  private int biasAt;
  private double[] partial = NONE;
  private int chunks;

  private DoubleConvolution() {}

  /** Returns the convolution object of this thread, to be set and run. */
  static DoubleConvolution current() {
    return CURRENT.get();
  }

  /** Sets the input, or its gradient. */
  DoubleConvolution x(double[] array, int at) {
    x = array;
    xAt = at;
    return this;
  }

  /** Sets the filters, or their gradient. */
  DoubleConvolution w(double[] array, int at) {
    w = array;
    wAt = at;
    return this;
  }

  /** Sets the output, or its gradient. */
  DoubleConvolution y(double[] array, int at) {
    y = array;
    yAt = at;
    return this;
  }

  /** Sets the bias of the filters, or none. */
  DoubleConvolution bias(double @Nullable [] array, int at) {
    bias = array;
    biasAt = at;
    return this;
  }

  /** y from x, w and bias. */
  void forward(Geometry geometry) {
    start(Direction.FORWARD, geometry, geometry.batch() * geometry.blocks(BLOCK));
  }

  /** x (as dx) from y (as dy) and w. */
  void inputGradient(Geometry geometry) {
    start(Direction.INPUT, geometry, geometry.batch());
  }

  /** w (as dw) from x and y (as dy). */
  void weightGradient(Geometry geometry) {
    int size = geometry.filters() * geometry.taps();
    chunks = Math.max(1, Math.min(Math.min(CHUNKS, geometry.batch()), CHUNK_ELEMENTS / size));
    if (partial.length < chunks * size) {
      partial = new double[chunks * size];
    }
    start(Direction.WEIGHT, geometry, chunks);
  }

  private void start(Direction what, Geometry geometry, int units) {
    direction = what;
    g = geometry;
    try {
      int parts = Math.min(units, Parallel.partsFor(geometry.work()));
      Parallel.run(this, Math.max(1, parts));
      if (what == Direction.WEIGHT) {
        addChunks();
      }
    } finally {
      x = NONE;
      w = NONE;
      y = NONE;
      bias = null;
    }
  }

  @Override
  public void run(int part, int parts) {
    switch (direction) {
      case FORWARD -> {
        int blocks = g.blocks(BLOCK);
        int end = first(g.batch() * blocks, part + 1, parts);
        for (int unit = first(g.batch() * blocks, part, parts); unit < end; unit++) {
          forwardBlock(unit / blocks, unit % blocks);
        }
      }
      case INPUT -> {
        int end = first(g.batch(), part + 1, parts);
        for (int n = first(g.batch(), part, parts); n < end; n++) {
          inputImage(n);
        }
      }
      default -> {
        int end = first(chunks, part + 1, parts);
        for (int c = first(chunks, part, parts); c < end; c++) {
          weightChunk(c);
        }
      }
    }
  }

  private static double[] patches(int size) {
    double[][] holder = PATCHES.get();
    if (holder[0].length < size) {
      holder[0] = new double[size];
    }
    return holder[0];
  }

  private void forwardBlock(int image, int block) {
    int rows = g.blockRows(BLOCK);
    int top = block * rows;
    int bottom = Math.min(g.outH(), top + rows);
    int pixels = (bottom - top) * g.outW();
    int plane = g.outH() * g.outW();
    int filters = g.filters() / g.groups();
    for (int group = 0; group < g.groups(); group++) {
      int firstFilter = group * filters;
      int out = yAt + (image * g.filters() + firstFilter) * plane + top * g.outW();
      for (int f = 0; f < filters; f++) {
        double start = bias == null ? 0 : bias[biasAt + firstFilter + f];
        Arrays.fill(y, out + f * plane, out + f * plane + pixels, start);
      }
      DoubleGemm product =
          DoubleGemm.current().a(w, wAt + firstFilter * g.taps(), g.taps(), 1).c(y, out, plane);
      int in = xAt + (image * g.channels() + group * g.groupChannels()) * g.inPlane();
      if (g.isPointwise()) {
        product.b(x, in + top * g.outW(), g.inPlane(), 1);
      } else {
        double[] p = patches(g.taps() * pixels);
        gather(in, top, bottom, p);
        product.b(p, 0, pixels, 1);
      }
      product.run(filters, pixels, g.taps(), true);
    }
  }

  private void inputImage(int image) {
    int rows = g.blockRows(BLOCK);
    int plane = g.outH() * g.outW();
    int filters = g.filters() / g.groups();
    int start = xAt + image * g.channels() * g.inPlane();
    Arrays.fill(x, start, start + g.channels() * g.inPlane(), 0);
    for (int group = 0; group < g.groups(); group++) {
      int in = start + group * g.groupChannels() * g.inPlane();
      for (int top = 0; top < g.outH(); top += rows) {
        int bottom = Math.min(g.outH(), top + rows);
        int pixels = (bottom - top) * g.outW();
        int out = yAt + (image * g.filters() + group * filters) * plane + top * g.outW();
        DoubleGemm product =
            DoubleGemm.current()
                .a(w, wAt + group * filters * g.taps(), 1, g.taps())
                .b(y, out, plane, 1);
        if (g.isPointwise()) {
          product.c(x, in + top * g.outW(), g.inPlane()).run(g.taps(), pixels, filters, false);
        } else {
          double[] p = patches(g.taps() * pixels);
          product.c(p, 0, pixels).run(g.taps(), pixels, filters, false);
          scatter(in, top, bottom, p);
        }
      }
    }
  }

  private void weightChunk(int chunk) {
    int size = g.filters() * g.taps();
    int rows = g.blockRows(BLOCK);
    int plane = g.outH() * g.outW();
    int filters = g.filters() / g.groups();
    Arrays.fill(partial, chunk * size, (chunk + 1) * size, 0);
    int end = first(g.batch(), chunk + 1, chunks);
    for (int image = first(g.batch(), chunk, chunks); image < end; image++) {
      for (int group = 0; group < g.groups(); group++) {
        int in = xAt + (image * g.channels() + group * g.groupChannels()) * g.inPlane();
        for (int top = 0; top < g.outH(); top += rows) {
          int bottom = Math.min(g.outH(), top + rows);
          int pixels = (bottom - top) * g.outW();
          int out = yAt + (image * g.filters() + group * filters) * plane + top * g.outW();
          DoubleGemm product =
              DoubleGemm.current()
                  .a(y, out, plane, 1)
                  .c(partial, chunk * size + group * filters * g.taps(), g.taps());
          if (g.isPointwise()) {
            product.b(x, in + top * g.outW(), 1, g.inPlane());
          } else {
            double[] p = patches(g.taps() * pixels);
            gather(in, top, bottom, p);
            product.b(p, 0, 1, pixels);
          }
          product.run(filters, g.taps(), pixels, true);
        }
      }
    }
  }

  /** dw = the sums of the chunks, in their order. */
  private void addChunks() {
    int size = g.filters() * g.taps();
    System.arraycopy(partial, 0, w, wAt, size);
    for (int chunk = 1; chunk < chunks; chunk++) {
      int from = chunk * size;
      for (int i = 0; i < size; i++) {
        w[wAt + i] += partial[from + i];
      }
    }
  }

  /** Lays out the patches of output rows {@code top} to {@code bottom}, a row a tap. */
  private void gather(int in, int top, int bottom, double[] p) {
    Conv2dSpec s = g.spec();
    int at = 0;
    for (int c = 0; c < g.groupChannels(); c++) {
      for (int kh = 0; kh < g.kernelH(); kh++) {
        for (int kw = 0; kw < g.kernelW(); kw++) {
          int shift = kw * s.dilationW() - s.padW();
          int left = g.firstColumn(shift);
          int right = g.lastColumn(shift);
          for (int r = top; r < bottom; r++) {
            int h = r * s.strideH() + kh * s.dilationH() - s.padH();
            if (h < 0 || h >= g.inH() || left >= right) {
              Arrays.fill(p, at, at + g.outW(), 0);
            } else {
              int from = in + (c * g.inH() + h) * g.inW() + shift;
              for (int j = 0; j < left; j++) {
                p[at + j] = 0;
              }
              row(x, from, s.strideW(), p, at, left, right);
              for (int j = right; j < g.outW(); j++) {
                p[at + j] = 0;
              }
            }
            at += g.outW();
          }
        }
      }
    }
  }

  private static void row(
      double[] x, int from, int stride, double[] p, int at, int left, int right) {
    if (stride == 1) {
      System.arraycopy(x, from + left, p, at + left, right - left);
    } else {
      for (int j = left; j < right; j++) {
        p[at + j] = x[from + j * stride];
      }
    }
  }

  /** Adds patches of gradients to the places that they were read from, in the order of the taps. */
  private void scatter(int in, int top, int bottom, double[] p) {
    Conv2dSpec s = g.spec();
    int at = 0;
    for (int c = 0; c < g.groupChannels(); c++) {
      for (int kh = 0; kh < g.kernelH(); kh++) {
        for (int kw = 0; kw < g.kernelW(); kw++) {
          int shift = kw * s.dilationW() - s.padW();
          int left = g.firstColumn(shift);
          int right = g.lastColumn(shift);
          for (int r = top; r < bottom; r++) {
            int h = r * s.strideH() + kh * s.dilationH() - s.padH();
            if (h >= 0 && h < g.inH()) {
              addRow(p, at, x, in + (c * g.inH() + h) * g.inW() + shift, s.strideW(), left, right);
            }
            at += g.outW();
          }
        }
      }
    }
  }

  private static void addRow(
      double[] p, int at, double[] x, int to, int stride, int left, int right) {
    if (stride == 1) {
      for (int j = left; j < right; j++) {
        x[to + j] += p[at + j];
      }
    } else {
      for (int j = left; j < right; j++) {
        x[to + j * stride] += p[at + j];
      }
    }
  }
}
