package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;

/**
 * The geometry of two-dimensional pooling.
 *
 * @param kernelH window height, at least 1
 * @param kernelW window width, at least 1
 * @param strideH vertical step, at least 1
 * @param strideW horizontal step, at least 1
 * @param padH padding above and below, at most half the window: −∞ for max, 0 for average
 * @param padW padding left and right, at most half the window
 */
public record Pool2dSpec(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW) {
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
    if (padH > kernelH / 2 || padW > kernelW / 2) {
      throw new ArgumentException(
          "pool2d",
          "padding",
          padH + "x" + padW,
          "it may be at most half the window " + kernelH + "x" + kernelW);
    }
  }

  private static void require(String name, int value, int least) {
    if (value < least) {
      throw new ArgumentException("pool2d", name, value, "it must be at least " + least);
    }
  }

  /** Returns a square window with a square step and no padding. */
  public static Pool2dSpec of(int kernel, int stride) {
    return new Pool2dSpec(kernel, kernel, stride, stride, 0, 0);
  }
}
