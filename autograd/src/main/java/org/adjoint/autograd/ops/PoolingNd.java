package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;

/**
 * Pooling of sequences, as images of height 1, and of volumes: first their planes, then along the
 * depth, which gives the same maxima (the first of equals too) and the same means.
 */
public final class PoolingNd {
  private PoolingNd() {}

  /**
   * The geometry of three-dimensional pooling.
   *
   * @param kernelD depth of a window, at least 1
   * @param strideD step along the depth, at least 1
   * @param padD padding in front and behind, at most half the depth of a window
   * @param plane the geometry within a plane
   */
  public record Pool3dSpec(int kernelD, int strideD, int padD, Pool2dSpec plane) {
    /**
     * Checks the ranges.
     *
     * @throws ArgumentException if a value is outside its range
     */
    public Pool3dSpec {
      new Pool2dSpec(kernelD, 1, strideD, 1, padD, 0);
    }

    /** Returns a cube with equal steps and padding. */
    public static Pool3dSpec of(int kernel, int stride, int padding) {
      return new Pool3dSpec(
          kernel,
          stride,
          padding,
          new Pool2dSpec(kernel, kernel, stride, stride, padding, padding));
    }

    private Pool2dSpec depth() {
      return new Pool2dSpec(kernelD, 1, strideD, 1, padD, 0);
    }
  }

  /**
   * Returns the maximum of each window of a sequence; padding counts as −∞.
   *
   * <p><b>Shapes</b> [n, c, length] → [n, c, length′]. The rest is as in {@link Pooling#maxPool2d}.
   *
   * @throws ShapeException if x has another rank, or the window is larger than the padded input
   * @throws ArgumentException if a setting is out of range
   */
  public static Variable maxPool1d(Variable x, int kernel, int stride, int padding) {
    return Views.squeeze(Pooling.maxPool2d(row("max_pool1d", x), row(kernel, stride, padding)), 2);
  }

  /**
   * Returns the mean of each window of a sequence, as {@link Pooling#avgPool2d(Variable,
   * Pool2dSpec, boolean)}.
   *
   * @throws ShapeException as {@link #maxPool1d}
   * @throws ArgumentException if a setting is out of range
   */
  public static Variable avgPool1d(
      Variable x, int kernel, int stride, int padding, boolean countPadding) {
    Pool2dSpec spec = row(kernel, stride, padding);
    return Views.squeeze(Pooling.avgPool2d(row("avg_pool1d", x), spec, countPadding), 2);
  }

  private static Pool2dSpec row(int kernel, int stride, int padding) {
    return new Pool2dSpec(1, kernel, 1, stride, 0, padding);
  }

  private static Variable row(String op, Variable x) {
    if (x.shape().rank() != 3) {
      throw new ShapeException(op, "x", x.shape(), "it must be [batch, channels, length]");
    }
    return Views.unsqueeze(x, 2);
  }

  /**
   * Returns the maximum of each window of a volume; padding counts as −∞.
   *
   * <p><b>Shapes</b> [n, c, depth, h, w] → [n, c, depth′, h′, w′]. The rest is as in {@link
   * Pooling#maxPool2d}.
   *
   * @throws ShapeException if x has another rank, or the window is larger than the padded input
   */
  public static Variable maxPool3d(Variable x, Pool3dSpec spec) {
    Variable planes = Pooling.maxPool2d(planes("max_pool3d", x), spec.plane);
    Variable columns = columns(planes, x.shape());
    return volumes(Pooling.maxPool2d(columns, spec.depth()), planes.shape());
  }

  /**
   * Returns the mean of each window of a volume, as {@link Pooling#avgPool2d(Variable, Pool2dSpec,
   * boolean)}.
   *
   * @throws ShapeException as {@link #maxPool3d}
   */
  public static Variable avgPool3d(Variable x, Pool3dSpec spec, boolean countPadding) {
    Variable planes = Pooling.avgPool2d(planes("avg_pool3d", x), spec.plane, countPadding);
    Variable columns = columns(planes, x.shape());
    return volumes(Pooling.avgPool2d(columns, spec.depth(), countPadding), planes.shape());
  }

  private static Variable planes(String op, Variable x) {
    Shape s = x.shape();
    if (s.rank() != 5) {
      throw new ShapeException(op, "x", s, "it must be [batch, channels, depth, height, width]");
    }
    return x.reshape(s.dim(0), s.dim(1) * s.dim(2), s.dim(3), s.dim(4));
  }

  /** Planes [n, c · depth, h, w] as [n, c, depth, h · w]. */
  private static Variable columns(Variable planes, Shape x) {
    Shape p = planes.shape();
    return planes.reshape(x.dim(0), x.dim(1), x.dim(2), p.dim(2) * p.dim(3));
  }

  private static Variable volumes(Variable columns, Shape planes) {
    Shape s = columns.shape();
    return columns.reshape(s.dim(0), s.dim(1), s.dim(2), planes.dim(2), planes.dim(3));
  }
}
