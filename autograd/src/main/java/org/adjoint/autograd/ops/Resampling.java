package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Images of another size: adaptive pooling, enlargement, and channels as pixels. What is linear and
 * works along one axis after the other is a product with a matrix for each axis.
 */
public final class Resampling {
  private Resampling() {}

  /**
   * Returns the mean of each of height × width bins, which cover x: bin i of m along an extent n
   * goes from ⌊i·n/m⌋ to before ⌈(i + 1)·n/m⌉.
   *
   * <p><b>Backward</b> each dy is shared evenly by its bin. <b>Shapes</b> [n, c, h, w] → [n, c,
   * height, width]. <b>Saved</b> nothing.
   *
   * @throws ShapeException if x has another rank or no pixels
   * @throws ArgumentException if height or width is less than 1
   */
  public static Variable adaptiveAvgPool2d(Variable x, int height, int width) {
    requireImages("adaptive_avg_pool2d", x, height, width);
    int h = x.shape().dim(2);
    int w = x.shape().dim(3);
    if (height == 1 && width == 1) {
      return x.reshape(x.shape().dim(0), x.shape().dim(1), h * w)
          .mean(2)
          .reshape(x.shape().dim(0), x.shape().dim(1), 1, 1);
    }
    if (h % height == 0 && w % width == 0) {
      return Pooling.avgPool2d(x, bins(h / height, w / width));
    }
    return along(x, height, new Means(h, height), width, new Means(w, width));
  }

  /**
   * Returns the maximum of each bin, see {@link #adaptiveAvgPool2d}.
   *
   * <p><b>Backward</b> each dy goes to the largest element of its bin; of equal ones to the first
   * if height and width divide those of x, else to all in equal parts.
   *
   * @throws ShapeException if x has another rank or no pixels
   * @throws ArgumentException if height or width is less than 1
   */
  public static Variable adaptiveMaxPool2d(Variable x, int height, int width) {
    requireImages("adaptive_max_pool2d", x, height, width);
    int h = x.shape().dim(2);
    int w = x.shape().dim(3);
    if (h % height == 0 && w % width == 0) {
      return Pooling.maxPool2d(x, bins(h / height, w / width));
    }
    Shape s = x.shape();
    Tensor columns = members(x.value(), w, width);
    Variable y =
        Reductions.max(
            Indexing.indexSelect(x, 3, columns)
                .reshape(s.dim(0), s.dim(1), h, width, columns.size() / width),
            4);
    Tensor rows = members(x.value(), h, height);
    return Reductions.max(
        Indexing.indexSelect(y, 2, rows)
            .reshape(s.dim(0), s.dim(1), height, rows.size() / height, width),
        3);
  }

  static Pool2dSpec bins(int h, int w) {
    return new Pool2dSpec(h, w, h, w, 0, 0);
  }

  private static int start(int bin, int in, int out) {
    return (int) ((long) bin * in / out);
  }

  private static int end(int bin, int in, int out) {
    return (int) (((bin + 1L) * in + out - 1) / out);
  }

  /** The share of each element of {@code in} in its bin of {@code out}. */
  record Means(int in, int out) implements Tables.Weights {
    @Override
    public int from(int bin) {
      return start(bin, in, out);
    }

    @Override
    public int to(int bin) {
      return end(bin, in, out);
    }

    @Override
    public double at(int bin, int column) {
      return 1.0 / (to(bin) - from(bin));
    }
  }

  private static int divisor(int a, int b) {
    return b == 0 ? a : divisor(b, a % b);
  }

  /** The members of each bin, as many for each; the last stands in for those that are missing. */
  static Tensor members(Tensor like, int in, int out) {
    // Bin i has ⌈(in + i·in mod out) / out⌉ members, and the remainders are the multiples of
    // the
    // greatest common divisor.
    int each = (int) ((in + 2L * out - divisor(in, out) - 1) / out);
    return Tables.places(
        like,
        Shape.of(out, each).size(),
        i -> Math.min(start(i / each, in, out) + i % each, end(i / each, in, out) - 1));
  }

  /**
   * Returns x enlarged (or reduced) by copying: pixel i of m comes from ⌊i·n/m⌋ of n.
   *
   * <p><b>Backward</b> dx = the sum of dy over its copies. <b>Shapes</b> [n, c, h, w] → [n, c,
   * height, width]. <b>Saved</b> nothing.
   *
   * @throws ShapeException if x has another rank or no pixels
   * @throws ArgumentException if height or width is less than 1
   */
  public static Variable nearest(Variable x, int height, int width) {
    requireImages("upsample_nearest", x, height, width);
    Variable wide = Indexing.indexSelect(x, 3, sources(x.value(), x.shape().dim(3), width));
    return Indexing.indexSelect(wide, 2, sources(x.value(), x.shape().dim(2), height));
  }

  static Tensor sources(Tensor like, int in, int out) {
    return Tables.places(like, out, i -> start(i, in, out));
  }

  /**
   * Returns x enlarged (or reduced) by linear interpolation along both axes.
   *
   * <p><b>Forward</b> pixel i of m lies at place i·(n − 1)/(m − 1) of n if corners are aligned,
   * else at max(0, (i + ½)·n/m − ½), and is the mean of its two neighbours by nearness.
   * <b>Backward</b> the transposed map. <b>Shapes</b> [n, c, h, w] → [n, c, height, width].
   * <b>Saved</b> nothing.
   *
   * @param alignCorners whether the corner pixels stay where they are
   * @throws ShapeException if x has another rank or no pixels
   * @throws ArgumentException if height or width is less than 1
   */
  public static Variable bilinear(Variable x, int height, int width, boolean alignCorners) {
    requireImages("upsample_bilinear", x, height, width);
    return along(
        x,
        height,
        new Neighbours(x.shape().dim(2), height, alignCorners),
        width,
        new Neighbours(x.shape().dim(3), width, alignCorners));
  }

  /** The nearness of a place of {@code out} to the two of {@code in} that it lies between. */
  record Neighbours(int in, int out, boolean alignCorners) implements Tables.Weights {
    private double place(int i) {
      return alignCorners
          ? out == 1 ? 0 : (double) i * (in - 1) / (out - 1)
          : Math.max(0, (i + 0.5) * in / out - 0.5);
    }

    @Override
    public int from(int i) {
      return Math.min((int) place(i), in - 1);
    }

    @Override
    public int to(int i) {
      return Math.min(from(i), in - 2) + 2;
    }

    @Override
    public double at(int i, int column) {
      double right = place(i) - from(i);
      boolean alone = to(i) - from(i) == 1;
      return alone ? 1 - right + right : column == from(i) ? 1 - right : right;
    }
  }

  /** y = rows · x · columnsᵀ, a plane at a time. */
  private static Variable along(
      Variable x, int height, Tables.Weights rows, int width, Tables.Weights columns) {
    Shape s = x.shape();
    int h = s.dim(2);
    int w = s.dim(3);
    int planes = s.dim(0) * s.dim(1);
    Variable right = Tables.matrix(x.value(), width, w, columns);
    Variable wide =
        Matmul.product(x.reshape(planes * h, w), false, right, true).reshape(planes, h, width);
    Variable y = Matmul.matmul(Tables.matrix(x.value(), height, h, rows), wide);
    return y.reshape(s.dim(0), s.dim(1), height, width);
  }

  /**
   * Returns channels as pixels (Shi et al., 2016): of each factor² channels, channel p·factor + q
   * becomes row p and column q of a square of pixels.
   *
   * <p><b>Backward</b> {@link #pixelUnshuffle}. <b>Shapes</b> [n, c·factor², h, w] → [n, c,
   * h·factor, w·factor]. <b>Saved</b> nothing.
   *
   * @throws ShapeException if x has another rank, or its channels are no multiple of factor²
   * @throws ArgumentException if factor is less than 1
   */
  public static Variable pixelShuffle(Variable x, int factor) {
    requireImages("pixel_shuffle", x, factor, factor);
    Shape s = x.shape();
    long square = (long) factor * factor;
    if (s.dim(1) % square != 0) {
      throw new ShapeException(
          "pixel_shuffle", "x", s, "its channels must be a multiple of " + square);
    }
    int channels = (int) (s.dim(1) / square);
    int height = Tables.extent("pixel_shuffle", "factor", factor, (long) s.dim(2) * factor);
    int width = Tables.extent("pixel_shuffle", "factor", factor, (long) s.dim(3) * factor);
    return x.reshape(s.dim(0), channels, factor, factor, s.dim(2), s.dim(3))
        .permute(0, 1, 4, 2, 5, 3)
        .reshape(s.dim(0), channels, height, width);
  }

  /**
   * Returns squares of pixels as channels, the inverse of {@link #pixelShuffle}.
   *
   * @throws ShapeException if x has another rank, or factor does not divide height and width
   * @throws ArgumentException if factor is less than 1
   */
  public static Variable pixelUnshuffle(Variable x, int factor) {
    requireImages("pixel_unshuffle", x, factor, factor);
    Shape s = x.shape();
    if (s.dim(2) % factor != 0 || s.dim(3) % factor != 0) {
      throw new ShapeException(
          "pixel_unshuffle", "x", s, "height and width must be multiples of " + factor);
    }
    int h = s.dim(2) / factor;
    int w = s.dim(3) / factor;
    return x.reshape(s.dim(0), s.dim(1), h, factor, w, factor)
        .permute(0, 1, 3, 5, 2, 4)
        .reshape(s.dim(0), Shape.of(s.dim(1), factor, factor).size(), h, w);
  }

  private static void requireImages(String op, Variable x, int height, int width) {
    if (x.shape().rank() != 4 || x.shape().dim(2) == 0 || x.shape().dim(3) == 0) {
      throw new ShapeException(
          op, "x", x.shape(), "it must be [batch, channels, height, width] with pixels");
    }
    if (height < 1 || width < 1) {
      throw new ArgumentException(
          op, height < 1 ? "height" : "width", Math.min(height, width), "it must be at least 1");
    }
  }
}
