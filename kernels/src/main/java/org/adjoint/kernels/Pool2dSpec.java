package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;

/**
 * The geometry of two-dimensional pooling.
 *
 * @param kernelH elements of a window from above to below, at least 1
 * @param kernelW elements of a window from left to right, at least 1
 * @param strideH vertical step, at least 1
 * @param strideW horizontal step, at least 1
 * @param padH padding above and below, at most half the window: −∞ for max, 0 for average
 * @param padW padding left and right, at most half the window
 * @param dilationH rows from one element of a window to the next, at least 1; 1 for average
 * @param dilationW columns from one element of a window to the next, at least 1; 1 for average
 * @param ceil whether extents are rounded up: a last window counts that begins in x or in front of
 *     it and ends behind the padding
 */
public record Pool2dSpec(
    int kernelH,
    int kernelW,
    int strideH,
    int strideW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    boolean ceil) {
  /** The longest window, its gaps included; and half the range of the numbers it is found with. */
  private static final int LONGEST = 1 << 30;

  /**
   * Checks the ranges.
   *
   * @throws ArgumentException if a value is outside its range
   */
  public Pool2dSpec {
    require("kernel", kernelH, 1);
    require("kernel", kernelW, 1);
    require("stride", strideH, 1);
    require("stride", strideW, 1);
    require("padding", padH, 0);
    require("padding", padW, 0);
    require("dilation", dilationH, 1);
    require("dilation", dilationW, 1);
    // Of a single element there is no next one.
    dilationH = kernelH == 1 ? 1 : dilationH;
    dilationW = kernelW == 1 ? 1 : dilationW;
    long spanH = span(kernelH, dilationH);
    long spanW = span(kernelW, dilationW);
    if (spanH > LONGEST || spanW > LONGEST || (long) kernelH * kernelW > LONGEST) {
      throw new ArgumentException(
          "pool2d", "kernel", kernelH + "x" + kernelW, "it may have at most 2^30 elements");
    }
    if (padH > spanH / 2 || padW > spanW / 2) {
      throw new ArgumentException(
          "pool2d",
          "padding",
          padH + "x" + padW,
          "it may be at most half the window " + spanH + "x" + spanW);
    }
  }

  /** Creates the geometry of windows without gaps, extents rounded down. */
  public Pool2dSpec(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW) {
    this(kernelH, kernelW, strideH, strideW, padH, padW, 1, 1, false);
  }

  private static void require(String name, int value, int least) {
    if (value < least) {
      throw new ArgumentException("pool2d", name, value, "it must be at least " + least);
    }
  }

  private static long span(int kernel, int dilation) {
    return (kernel - 1L) * dilation + 1;
  }

  /** Returns a square window with a square step and no padding. */
  public static Pool2dSpec of(int kernel, int stride) {
    return new Pool2dSpec(kernel, kernel, stride, stride, 0, 0);
  }

  /** Returns the same geometry with gaps between the elements of a window. */
  public Pool2dSpec dilated(int height, int width) {
    return new Pool2dSpec(kernelH, kernelW, strideH, strideW, padH, padW, height, width, ceil);
  }

  /** Returns the same geometry with extents rounded up. */
  public Pool2dSpec roundedUp() {
    return new Pool2dSpec(
        kernelH, kernelW, strideH, strideW, padH, padW, dilationH, dilationW, true);
  }

  /** Returns the rows of the result for an extent of x, or 0 if no window fits. */
  public int outH(int in) {
    return extent(in, kernelH, strideH, padH, dilationH);
  }

  /** Returns the columns of the result for an extent of x, or 0 if no window fits. */
  public int outW(int in) {
    return extent(in, kernelW, strideW, padW, dilationW);
  }

  private int extent(int in, int kernel, int stride, int pad, int dilation) {
    long room = in + 2L * pad - span(kernel, dilation);
    long windows = Math.floorDiv(ceil ? room + stride - 1 : room, stride) + 1;
    if (ceil && (windows - 1) * stride >= (long) in + pad) {
      windows--;
    }
    return (int) Math.max(windows, 0);
  }
}
