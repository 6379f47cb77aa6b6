package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Sequences and volumes of another size: sequences as images of height 1, volumes by planes and
 * then along the depth; see {@link Resampling}.
 */
public final class ResamplingNd {
  private ResamplingNd() {}

  private static Variable row(String op, Variable x) {
    if (x.shape().rank() != 3 || x.shape().dim(2) == 0) {
      throw new ShapeException(op, "x", x.shape(), "it must be [batch, channels, length > 0]");
    }
    return Views.unsqueeze(x, 2);
  }

  /** A volume as images: [n, c · depth, h, w]. */
  private static Variable planes(String op, Variable x, int depth) {
    Shape s = x.shape();
    if (s.rank() != 5 || s.dim(2) == 0) {
      throw new ShapeException(
          op, "x", s, "it must be [batch, channels, depth > 0, height, width]");
    }
    if (depth < 1) {
      throw new ArgumentException(op, "depth", depth, "it must be at least 1");
    }
    return x.reshape(s.dim(0), s.dim(1) * s.dim(2), s.dim(3), s.dim(4));
  }

  /** Images [n, c · depth, h, w] as [n, c, depth, h · w]. */
  private static Variable columns(Variable planes, Shape x) {
    Shape p = planes.shape();
    return planes.reshape(x.dim(0), x.dim(1), x.dim(2), p.dim(2) * p.dim(3));
  }

  /** [n, c, depth, h · w] as volumes. */
  private static Variable volumes(Variable columns, int height, int width) {
    Shape s = columns.shape();
    return columns.reshape(s.dim(0), s.dim(1), s.dim(2), height, width);
  }

  /** y = rows · x along the depth of [n, c, depth, h · w]. */
  private static Variable alongDepth(Variable columns, Tables.Weights rows, int depth) {
    Shape s = columns.shape();
    Variable x = columns.reshape(s.dim(0) * s.dim(1), s.dim(2), s.dim(3));
    Variable left = Tables.matrix(x.value(), depth, s.dim(2), rows);
    return Matmul.matmul(left, x).reshape(s.dim(0), s.dim(1), depth, s.dim(3));
  }

  /**
   * Returns the mean of each of {@code length} bins of a sequence; see {@link
   * Resampling#adaptiveAvgPool2d}.
   *
   * <p><b>Shapes</b> [n, c, l] → [n, c, length].
   *
   * @throws ShapeException if x has another rank or no elements
   * @throws ArgumentException if length is less than 1
   */
  public static Variable adaptiveAvgPool1d(Variable x, int length) {
    return Views.squeeze(Resampling.adaptiveAvgPool2d(row("adaptive_avg_pool1d", x), 1, length), 2);
  }

  /**
   * Returns the maximum of each bin of a sequence; see {@link Resampling#adaptiveMaxPool2d}.
   *
   * @throws ShapeException as {@link #adaptiveAvgPool1d}
   * @throws ArgumentException if length is less than 1
   */
  public static Variable adaptiveMaxPool1d(Variable x, int length) {
    return Views.squeeze(Resampling.adaptiveMaxPool2d(row("adaptive_max_pool1d", x), 1, length), 2);
  }

  /**
   * Returns the mean of each of depth × height × width bins of a volume; see {@link
   * Resampling#adaptiveAvgPool2d}.
   *
   * <p><b>Shapes</b> [n, c, d, h, w] → [n, c, depth, height, width].
   *
   * @throws ShapeException if x has another rank or no elements
   * @throws ArgumentException if an extent is less than 1
   */
  public static Variable adaptiveAvgPool3d(Variable x, int depth, int height, int width) {
    Variable planes = planes("adaptive_avg_pool3d", x, depth);
    Variable columns = columns(Resampling.adaptiveAvgPool2d(planes, height, width), x.shape());
    Tables.Weights means = new Resampling.Means(x.shape().dim(2), depth);
    return volumes(alongDepth(columns, means, depth), height, width);
  }

  /**
   * Returns the maximum of each bin of a volume; see {@link Resampling#adaptiveMaxPool2d}.
   *
   * @throws ShapeException as {@link #adaptiveAvgPool3d}
   * @throws ArgumentException if an extent is less than 1
   */
  public static Variable adaptiveMaxPool3d(Variable x, int depth, int height, int width) {
    String op = "adaptive_max_pool3d";
    Variable planes = planes(op, x, depth);
    int size =
        Tables.extent(op, "height and width", height + " and " + width, (long) height * width);
    Variable columns = columns(Resampling.adaptiveMaxPool2d(planes, height, width), x.shape());
    return volumes(Resampling.adaptiveMaxPool2d(columns, depth, size), height, width);
  }

  /**
   * Returns a sequence enlarged (or reduced) by copying; see {@link Resampling#nearest}.
   *
   * @throws ShapeException as {@link #adaptiveAvgPool1d}
   * @throws ArgumentException if length is less than 1
   */
  public static Variable nearest1d(Variable x, int length) {
    return Views.squeeze(Resampling.nearest(row("upsample_nearest", x), 1, length), 2);
  }

  /**
   * Returns a volume enlarged (or reduced) by copying; see {@link Resampling#nearest}.
   *
   * @throws ShapeException as {@link #adaptiveAvgPool3d}
   * @throws ArgumentException if an extent is less than 1
   */
  public static Variable nearest3d(Variable x, int depth, int height, int width) {
    Variable planes = planes("upsample_nearest", x, depth);
    Variable columns = columns(Resampling.nearest(planes, height, width), x.shape());
    Tensor sources = Resampling.sources(x.value(), x.shape().dim(2), depth);
    return volumes(Indexing.indexSelect(columns, 2, sources), height, width);
  }

  /**
   * Returns a sequence enlarged (or reduced) by linear interpolation; see {@link
   * Resampling#bilinear}.
   *
   * @param alignCorners whether the first and last element stay where they are
   * @throws ShapeException as {@link #adaptiveAvgPool1d}
   * @throws ArgumentException if length is less than 1
   */
  public static Variable linear(Variable x, int length, boolean alignCorners) {
    return Views.squeeze(
        Resampling.bilinear(row("upsample_linear", x), 1, length, alignCorners), 2);
  }

  /**
   * Returns a volume enlarged (or reduced) by linear interpolation along its three axes; see {@link
   * Resampling#bilinear}.
   *
   * @param alignCorners whether the corners stay where they are
   * @throws ShapeException as {@link #adaptiveAvgPool3d}
   * @throws ArgumentException if an extent is less than 1
   */
  public static Variable trilinear(
      Variable x, int depth, int height, int width, boolean alignCorners) {
    Variable planes = planes("upsample_trilinear", x, depth);
    Variable columns = columns(Resampling.bilinear(planes, height, width, alignCorners), x.shape());
    Tables.Weights rows = new Resampling.Neighbours(x.shape().dim(2), depth, alignCorners);
    return volumes(alongDepth(columns, rows, depth), height, width);
  }
}
