package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * The windows of images as columns, and columns put together to images: what a convolution does
 * with its filters, for operations that do something else with each window. The groups of a
 * geometry do not matter.
 */
public final class Patches {
  private Patches() {}

  /**
   * Returns each window as a column.
   *
   * <p><b>Forward</b> y[n, (c·kernelH + p)·kernelW + q, i·w′ + j] = x[n, c, i·s + p·d − pad, j·s +
   * q·d − pad], 0 in the padding. <b>Backward</b> dx = fold(dy). <b>Shapes</b> [n, c, h, w] → [n,
   * c·kernelH·kernelW, h′·w′]. <b>Saved</b> the places.
   *
   * @throws ShapeException if x has another rank, or the window is larger than the padded input
   */
  public static Variable unfold(Variable x, int kernelH, int kernelW, Conv2dSpec spec) {
    if (x.shape().rank() != 4) {
      throw new ShapeException(
          "unfold", "x", x.shape(), "it must be [batch, channels, height, width]");
    }
    int n = x.shape().dim(0);
    int c = x.shape().dim(1);
    int rows = rows("unfold", x.shape().dim(2), kernelH, spec);
    int cols = cols("unfold", x.shape().dim(3), kernelW, spec);
    Variable padded = Repeats.padConstant(x, 0, spec.padW(), spec.padW(), spec.padH(), spec.padH());
    Tensor like = x.value();
    Variable tall =
        Indexing.indexSelect(
            padded, 2, places(like, kernelH, spec.dilationH(), rows, spec.strideH()));
    Variable windows =
        Indexing.indexSelect(
            tall, 3, places(like, kernelW, spec.dilationW(), cols, spec.strideW()));
    return windows
        .reshape(n, c, kernelH, rows, kernelW, cols)
        .permute(0, 1, 2, 4, 3, 5)
        .reshape(n, Shape.of(c, kernelH, kernelW).size(), Shape.of(rows, cols).size());
  }

  /**
   * Returns the images of which these would be the windows, the sum where they overlap.
   *
   * <p><b>Backward</b> dx = unfold(dy). <b>Shapes</b> [n, c·kernelH·kernelW, h′·w′] → [n, c,
   * height, width]. <b>Saved</b> the places.
   *
   * @throws ShapeException if x has another rank, not as many columns as windows fit, rows that are
   *     no multiple of kernelH·kernelW, or the window is larger than the padded result
   */
  public static Variable fold(
      Variable x, int height, int width, int kernelH, int kernelW, Conv2dSpec spec) {
    int rows = rows("fold", height, kernelH, spec);
    int cols = cols("fold", width, kernelW, spec);
    Shape s = x.shape();
    long taps = (long) kernelH * kernelW;
    long count = (long) rows * cols;
    if (s.rank() != 3 || s.dim(1) % taps != 0 || s.dim(2) != count) {
      throw new ShapeException(
          "fold", "x", s, "it must be [batch, channels * " + taps + ", " + count + "]");
    }
    int n = s.dim(0);
    int c = (int) (s.dim(1) / taps);
    Variable windows =
        x.reshape(n, c, kernelH, kernelW, rows, cols)
            .permute(0, 1, 2, 4, 3, 5)
            .reshape(n, c, Shape.of(kernelH, rows).size(), Shape.of(kernelW, cols).size());
    Tensor like = x.value();
    Variable tall =
        Indexing.indexSum(
            windows,
            3,
            places(like, kernelW, spec.dilationW(), cols, spec.strideW()),
            padded(width, spec.padW()));
    Variable padded =
        Indexing.indexSum(
            tall,
            2,
            places(like, kernelH, spec.dilationH(), rows, spec.strideH()),
            padded(height, spec.padH()));
    return padded
        .slice(2, spec.padH(), spec.padH() + height)
        .slice(3, spec.padW(), spec.padW() + width);
  }

  private static int rows(String op, int height, int kernelH, Conv2dSpec spec) {
    return fitting(op, height, kernelH, spec.strideH(), spec.padH(), spec.dilationH());
  }

  private static int cols(String op, int width, int kernelW, Conv2dSpec spec) {
    return fitting(op, width, kernelW, spec.strideW(), spec.padW(), spec.dilationW());
  }

  private static int fitting(String op, int extent, int kernel, int stride, int pad, int dilation) {
    int count = kernel < 1 ? 0 : Conv2dSpec.extent(extent, kernel, stride, pad, dilation);
    if (count == 0) {
      throw new ShapeException(
          op, "kernel", kernel, "it must be at least 1 and fit into the padded " + extent);
    }
    return count;
  }

  private static int padded(int extent, int pad) {
    return Tables.extent("fold", "padding", pad, extent + 2L * pad);
  }

  /** Where each tap of each window reads: tap by tap. */
  private static Tensor places(Tensor like, int kernel, int dilation, int count, int stride) {
    return Tables.places(
        like, Shape.of(kernel, count).size(), i -> i / count * dilation + i % count * stride);
  }
}
