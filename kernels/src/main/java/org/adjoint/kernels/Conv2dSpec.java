package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;

/**
 * The geometry of a two-dimensional convolution (which, as everywhere in the field, is a
 * cross-correlation).
 *
 * @param strideH vertical step, at least 1
 * @param strideW horizontal step, at least 1
 * @param padH zero rows added above and below, at least 0
 * @param padW zero columns added left and right, at least 0
 * @param dilationH vertical distance between filter taps, at least 1
 * @param dilationW horizontal distance between filter taps, at least 1
 * @param groups number of independent channel groups, at least 1
 */
public record Conv2dSpec(
    int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups) {
  /** Stride 1, no padding, dilation 1, one group. */
  public static final Conv2dSpec DEFAULT = new Conv2dSpec(1, 1, 0, 0, 1, 1, 1);

  /**
   * Checks the ranges.
   *
   * @throws ArgumentException if a value is outside its range
   */
  public Conv2dSpec {
    require("stride", strideH, 1);
    require("stride", strideW, 1);
    require("padding", padH, 0);
    require("padding", padW, 0);
    require("dilation", dilationH, 1);
    require("dilation", dilationW, 1);
    require("groups", groups, 1);
  }

  private static void require(String name, int value, int least) {
    if (value < least) {
      throw new ArgumentException("conv2d", name, value, "it must be at least " + least);
    }
  }

  /** Returns the geometry with equal values along both axes. */
  public static Conv2dSpec of(int stride, int padding, int dilation, int groups) {
    return new Conv2dSpec(stride, stride, padding, padding, dilation, dilation, groups);
  }

  /**
   * Returns the output extent ⌊(in + 2·pad − dilation·(kernel − 1) − 1) / stride⌋ + 1, which is 0
   * where the filter does not fit, and at most 2³¹ − 1.
   */
  public static int extent(int in, int kernel, int stride, int pad, int dilation) {
    long room = in + 2L * pad - (long) dilation * (kernel - 1L) - 1;
    return room < 0 ? 0 : (int) Math.min(room / stride, Integer.MAX_VALUE - 1) + 1;
  }
}
