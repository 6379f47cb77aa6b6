package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Pooling of sequences, as images of height 1, and of volumes: first their planes, then along the
 * depth, which gives the same maxima (the first of equals too) and the same means.
 */
public final class PoolingNd {
  /** ⌊place / p₀⌋·p₁ + place in the plane, of places among the columns of p₀ elements. */
  private static final Expr IN_VOLUME =
      Expr.apply(Expr.Function.FLOOR, Expr.operand(0).over(Expr.parameter(0)))
          .times(Expr.parameter(1))
          .plus(Expr.operand(1));

  /** Elements of a volume whose places, and their quotients, float32 tells apart. */
  private static final double EXACT = 1 << 23;

  private PoolingNd() {}

  /**
   * The geometry of one-dimensional pooling; ranges are those of {@link Pool2dSpec}.
   *
   * @param kernel elements of a window
   * @param stride step
   * @param padding at each end, at most half a window
   * @param dilation from one element of a window to the next; 1 for average
   * @param ceil whether the extent is rounded up
   */
  public record Pool1dSpec(int kernel, int stride, int padding, int dilation, boolean ceil) {
    /**
     * Checks the ranges.
     *
     * @throws ArgumentException if a value is outside its range
     */
    public Pool1dSpec {
      new Pool2dSpec(1, kernel, 1, stride, 0, padding, 1, dilation, ceil);
    }

    /** Creates the geometry of windows without gaps, the extent rounded down. */
    public Pool1dSpec(int kernel, int stride, int padding) {
      this(kernel, stride, padding, 1, false);
    }

    private Pool2dSpec row() {
      return new Pool2dSpec(1, kernel, 1, stride, 0, padding, 1, dilation, ceil);
    }
  }

  /**
   * The geometry of three-dimensional pooling; whether extents are rounded up is said by the plane.
   *
   * @param kernelD elements of a window along the depth, at least 1
   * @param strideD step along the depth, at least 1
   * @param padD padding in front and behind, at most half the depth of a window
   * @param dilationD from one element of a window to the next along the depth, at least 1
   * @param plane the geometry within a plane
   */
  public record Pool3dSpec(int kernelD, int strideD, int padD, int dilationD, Pool2dSpec plane) {
    /**
     * Checks the ranges.
     *
     * @throws ArgumentException if a value is outside its range
     */
    public Pool3dSpec {
      new Pool2dSpec(kernelD, 1, strideD, 1, padD, 0, dilationD, 1, false);
    }

    /** Creates the geometry of windows without gaps along the depth. */
    public Pool3dSpec(int kernelD, int strideD, int padD, Pool2dSpec plane) {
      this(kernelD, strideD, padD, 1, plane);
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
      return new Pool2dSpec(kernelD, 1, strideD, 1, padD, 0, dilationD, 1, plane.ceil());
    }
  }

  /**
   * Returns the maximum of each window of a sequence; padding counts as −∞.
   *
   * <p><b>Shapes</b> [n, c, length] → [n, c, length′]. The rest is as in {@link Pooling#maxPool2d}.
   *
   * @throws ShapeException if x has another rank, or the window is larger than the padded input
   */
  public static Variable maxPool1d(Variable x, Pool1dSpec spec) {
    return Views.squeeze(Pooling.maxPool2d(row("max_pool1d", x), spec.row()), 2);
  }

  /**
   * Returns the mean of each window of a sequence, as {@link Pooling#avgPool2d(Variable,
   * Pool2dSpec, boolean)}.
   *
   * @throws ShapeException as {@link #maxPool1d}
   * @throws ArgumentException if windows are dilated
   */
  public static Variable avgPool1d(Variable x, Pool1dSpec spec, boolean countPadding) {
    return Views.squeeze(Pooling.avgPool2d(row("avg_pool1d", x), spec.row(), countPadding), 2);
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
   * Returns {@link #maxPool3d} and the place of each maximum, for {@link #maxUnpool3d}: the index
   * is (d·H + h)·W + w in its volume.
   *
   * @throws ShapeException as {@link #maxPool3d}
   */
  public static Pooling.MaxPoolResult maxPool3dWithIndex(Variable x, Pool3dSpec spec) {
    Pooling.MaxPoolResult planes = Pooling.maxPool2dWithIndex(planes("max_pool3d", x), spec.plane);
    Variable columns = columns(planes.y(), x.shape());
    Pooling.MaxPoolResult winners = Pooling.maxPool2dWithIndex(columns, spec.depth());
    Shape s = columns.shape();
    int volumes = s.dim(0) * s.dim(1);
    Tensor place = winners.index();
    Shape flat = Shape.of(volumes, place.dim(2) * place.dim(3));
    Kernels kernels = Backends.kernels(place.device());
    double plane = x.shape().dim(3) * (double) x.shape().dim(4);
    // float32 holds the places of all but huge volumes, and a GPU has it; float64 holds every
    // int32.
    DType dtype = x.shape().dim(2) * plane <= EXACT ? DType.F32 : DType.F64;
    Tensor inPlane = Tensor.result(place.device(), dtype, flat);
    Shape ofPlanes = Shape.of(volumes, s.dim(2) * s.dim(3));
    Tensor inPlanes = real(kernels, dtype, planes.index().reshape(ofPlanes));
    kernels.indexing().gather(inPlanes, 1, place.reshape(flat), inPlane);
    Tensor index = Tensor.result(place.device(), DType.I32, flat);
    Tensor depth = real(kernels, dtype, place.reshape(flat));
    Tensor sum = Tensor.result(place.device(), dtype, flat);
    double[] extents = {Math.max(1, s.dim(3)), plane};
    kernels.elementwise().map(IN_VOLUME, extents, sum, depth, inPlane);
    kernels.elementwise().copy(sum, index);
    Variable y = volumes(winners.y(), planes.y().shape());
    return new Pooling.MaxPoolResult(y, index.reshape(y.shape()));
  }

  private static Tensor real(Kernels kernels, DType dtype, Tensor index) {
    Tensor t = Tensor.result(index.device(), dtype, index.shape());
    kernels.elementwise().copy(index, t);
    return t;
  }

  /**
   * Returns {@link #maxPool1d} and the place of each maximum in its sequence.
   *
   * @throws ShapeException as {@link #maxPool1d}
   */
  public static Pooling.MaxPoolResult maxPool1dWithIndex(Variable x, Pool1dSpec spec) {
    Pooling.MaxPoolResult row = Pooling.maxPool2dWithIndex(row("max_pool1d", x), spec.row());
    Variable y = Views.squeeze(row.y(), 2);
    return new Pooling.MaxPoolResult(y, row.index().reshape(y.shape()));
  }

  /**
   * Returns zeros with x at the places of the maxima of sequences; see {@link Pooling#maxUnpool2d}.
   *
   * <p><b>Shapes</b> x and index [n, c, length] → [n, c, extent].
   *
   * @throws ShapeException if x has another rank, index another shape, or a place is outside
   */
  public static Variable maxUnpool1d(Variable x, Tensor index, int extent) {
    Variable row = row("max_unpool1d", x);
    requireIndex("max_unpool1d", index, x);
    return Views.squeeze(Pooling.maxUnpool2d(row, index.reshape(row.shape()), 1, extent), 2);
  }

  /**
   * Returns zeros with x at the places of the maxima of volumes; see {@link Pooling#maxUnpool2d}.
   *
   * <p><b>Shapes</b> x and index [n, c, depth, h, w] → [n, c, depth′, h′, w′].
   *
   * @param extents depth, height and width of the result
   * @throws ShapeException if x has another rank, index another shape, a place is outside, or there
   *     are not three extents
   */
  public static Variable maxUnpool3d(Variable x, Tensor index, int... extents) {
    Shape s = planes("max_unpool3d", x).shape();
    requireIndex("max_unpool3d", index, x);
    if (extents.length != 3) {
      throw new ShapeException(
          "max_unpool3d", "extents", Arrays.toString(extents), "depth, height and width");
    }
    Shape full = Shape.of(s.dim(0), x.shape().dim(1), extents[0], extents[1], extents[2]);
    Shape flat = Shape.of(s.dim(0), x.shape().dim(1), x.shape().dim(2) * s.dim(2), s.dim(3));
    int rows = Shape.of(extents[0], extents[1]).size();
    Variable y = Pooling.maxUnpool2d(Views.reshape(x, flat), index.reshape(flat), rows, extents[2]);
    return Views.reshape(y, full);
  }

  private static void requireIndex(String op, Tensor index, Variable x) {
    if (!index.shape().equals(x.shape())) {
      throw new ShapeException(op, "index", index.shape(), "it must be " + x.shape());
    }
  }

  /**
   * Returns the mean of each window of a volume, as {@link Pooling#avgPool2d(Variable, Pool2dSpec,
   * boolean)}.
   *
   * @throws ShapeException as {@link #maxPool3d}
   * @throws ArgumentException if windows are dilated
   */
  public static Variable avgPool3d(Variable x, Pool3dSpec spec, boolean countPadding) {
    Variable planes = Pooling.avgPool2d(planes("avg_pool3d", x), spec.plane, countPadding);
    Variable columns = columns(planes, x.shape());
    return volumes(Pooling.avgPool2d(columns, spec.depth(), countPadding), planes.shape());
  }

  /**
   * Returns the sum of each window of a volume by a divisor: 1 gives sums.
   *
   * @param divisor not 0
   * @throws ShapeException as {@link #maxPool3d}
   * @throws ArgumentException if the divisor is 0, or windows are dilated
   */
  public static Variable avgPool3d(Variable x, Pool3dSpec spec, int divisor) {
    Variable planes = Pooling.avgPool2d(planes("avg_pool3d", x), spec.plane, 1);
    Variable columns = columns(planes, x.shape());
    return volumes(Pooling.avgPool2d(columns, spec.depth(), divisor), planes.shape());
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
