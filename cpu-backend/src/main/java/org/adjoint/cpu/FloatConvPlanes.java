package org.adjoint.cpu;

import java.util.Arrays;

/** Lays out rows of an image as {@link ConvGeometry} describes. */
final class FloatConvPlanes {
  private FloatConvPlanes() {}

  /**
   * Fills the planes of a group of channels.
   *
   * @param x the image, its first channel at {@code xAt}
   * @param firstChannel the first channel to lay out, counted from {@code xAt}
   * @param channels how many
   * @param firstRow the first row of the output that the planes serve
   * @param rows how many rows they serve
   */
  static void fill(
      FloatTile tile,
      ConvGeometry g,
      float[] x,
      int xAt,
      int firstChannel,
      int channels,
      int firstRow,
      int rows,
      float[] planes,
      int planesAt) {
    int planeRows = g.planeRows(rows);
    int to = planesAt;
    for (int c = firstChannel; c < firstChannel + channels; c++) {
      int channelAt = xAt + c * g.inPixels;
      for (int s = 0; s < g.kernelW; s++) {
        for (int f : g.phases) {
          plane(tile, g, x, channelAt, s, firstRow * g.strideH + f - g.padH, planeRows, planes, to);
          to += planeRows * g.outWidth;
        }
      }
    }
  }

  /** One plane, whose row q is row {@code top + q · strideH} of the channel. */
  private static void plane(
      FloatTile tile,
      ConvGeometry g,
      float[] x,
      int channelAt,
      int tap,
      int top,
      int planeRows,
      float[] to,
      int toAt) {
    int width = g.outWidth;
    int left = tap * g.dilationW - g.padW;
    int from = ConvGeometry.firstInside(left, g.strideW, width);
    int until = Math.max(from, ConvGeometry.lastInside(left, g.strideW, g.inWidth, width));
    int first = ConvGeometry.firstInside(top, g.strideH, planeRows);
    int last = Math.max(first, ConvGeometry.lastInside(top, g.strideH, g.inHeight, planeRows));
    Arrays.fill(to, toAt, toAt + first * width, 0f);
    int at = channelAt + (top + first * g.strideH) * g.inWidth + left + from * g.strideW;
    int step = g.strideH * g.inWidth;
    int target = toAt + first * width;
    if (from == until) {
      zero(to, target, last - first, width, width);
    } else if (g.strideW == 1) {
      tile.rows(x, at, step, last - first, until - from, to, target + from, width);
    } else {
      spread(x, at, step, last - first, until - from, g.strideW, to, target + from, width);
    }
    zero(to, target, last - first, from, width);
    zero(to, target + until, last - first, width - until, width);
    Arrays.fill(to, toAt + last * width, toAt + planeRows * width, 0f);
  }

  private static void zero(float[] to, int at, int rows, int count, int width) {
    if (count > 0) {
      for (int q = 0; q < rows; q++) {
        for (int j = 0; j < count; j++) {
          to[at + q * width + j] = 0f;
        }
      }
    }
  }

  private static void spread(
      float[] x,
      int at,
      int step,
      int rows,
      int count,
      int stride,
      float[] to,
      int toAt,
      int width) {
    for (int q = 0; q < rows; q++) {
      for (int j = 0; j < count; j++) {
        to[toAt + q * width + j] = x[at + q * step + j * stride];
      }
    }
  }
}
