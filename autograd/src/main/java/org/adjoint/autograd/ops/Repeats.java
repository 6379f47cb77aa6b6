package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tensors repeated, mirrored and padded. */
public final class Repeats {
  private Repeats() {}

  /**
   * Returns x repeated as a whole along each axis; new axes are put in front.
   *
   * <p><b>Backward</b> dx = dy summed over the repetitions. <b>Saved</b> nothing.
   *
   * @param times repetitions of each axis of the result, at least as many numbers as x has axes
   * @throws ShapeException if there are fewer
   * @throws ArgumentException if one is negative
   */
  public static Variable repeat(Variable x, int... times) {
    int rank = times.length;
    int added = rank - x.shape().rank();
    if (added < 0) {
      throw new ShapeException(
          "repeat",
          "times",
          Arrays.toString(times),
          "it must have a number for each axis of " + x.shape() + "; tile takes fewer");
    }
    int[] apart = new int[2 * rank];
    int[] wide = new int[2 * rank];
    int[] result = new int[rank];
    for (int a = 0; a < rank; a++) {
      requireTimes("repeat", times[a]);
      int extent = a < added ? 1 : x.shape().dim(a - added);
      apart[2 * a] = 1;
      apart[2 * a + 1] = extent;
      wide[2 * a] = times[a];
      wide[2 * a + 1] = extent;
      result[a] =
          Tables.extent("repeat", "times", Arrays.toString(times), (long) times[a] * extent);
    }
    return Views.reshape(Views.expand(x.reshape(apart), Shape.of(wide)), Shape.of(result));
  }

  private static void requireTimes(String op, int times) {
    if (times < 0) {
      throw new ArgumentException(op, "times", times, "it must not be negative");
    }
  }

  /** As {@link #repeat}; axes in front for which no number is given are repeated once. */
  public static Variable tile(Variable x, int... times) {
    int missing = Math.max(0, x.shape().rank() - times.length);
    int[] all = new int[missing + times.length];
    Arrays.fill(all, 0, missing, 1);
    System.arraycopy(times, 0, all, missing, times.length);
    return repeat(x, all);
  }

  /**
   * Returns x with each slice of an axis repeated {@code times} times in a row.
   *
   * <p><b>Backward</b> dx = dy summed over the repetitions. <b>Saved</b> nothing.
   *
   * @throws ShapeException if the axis does not exist
   * @throws ArgumentException if {@code times} is negative
   */
  public static Variable repeatInterleave(Variable x, int times, int axis) {
    requireTimes("repeat_interleave", times);
    int a = x.shape().axis("repeat_interleave", axis);
    int extent =
        Tables.extent("repeat_interleave", "times", times, (long) x.shape().dim(a) * times);
    Shape apart = x.shape().insert(a + 1, 1);
    Variable wide = Views.expand(Views.reshape(x, apart), apart.with(a + 1, times));
    return Views.reshape(wide, x.shape().with(a, extent));
  }

  /**
   * Returns x with the order along these axes reversed.
   *
   * <p><b>Backward</b> dx = dy reversed likewise. <b>Saved</b> nothing.
   *
   * @throws ShapeException if an axis does not exist
   */
  public static Variable flip(Variable x, int... axes) {
    Variable y = x;
    for (int axis : axes) {
      int a = x.shape().axis("flip", axis);
      int n = x.shape().dim(a);
      y = Graph.apply(new Flip(a, Tables.places(x.value(), n, i -> n - 1 - i)), y);
    }
    return y;
  }

  /**
   * Returns x with a margin of one number.
   *
   * <p><b>Backward</b> dx = dy without the margin. <b>Saved</b> nothing.
   *
   * @param widths the margin before and after the last axis, then those of the axis before it, …
   * @throws ShapeException if there are more pairs than axes, or half a pair
   * @throws ArgumentException if one is negative
   */
  public static Variable padConstant(Variable x, double value, int... widths) {
    requirePairs("pad_constant", x, widths);
    int rank = x.shape().rank();
    int[] before = new int[rank];
    int[] dims = x.shape().toArray();
    for (int i = 0; i < widths.length; i += 2) {
      int a = rank - 1 - i / 2;
      before[a] = widths[i];
      dims[a] = padded("pad_constant", dims[a], widths, i);
    }
    return Graph.apply(new Pad(value, before, Shape.of(dims)), x);
  }

  /**
   * Returns x with margins that mirror it, the element at the edge not repeated: [c b | a b c | b
   * a].
   *
   * <p><b>Backward</b> dx = dy, each added where the element came from. <b>Saved</b> nothing.
   *
   * @param widths as in {@link #padConstant}
   * @throws ShapeException if a width is not smaller than the extent of its axis, too
   */
  public static Variable padReflect(Variable x, int... widths) {
    return padded("pad_reflect", x, 1, (i, n) -> i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i, widths);
  }

  /** Returns x with its edges repeated, [a a | a b c | c c]; see {@link #padReflect}. */
  public static Variable padReplicate(Variable x, int... widths) {
    return padded(
        "pad_replicate", x, Integer.MIN_VALUE, (i, n) -> Math.min(Math.max(i, 0), n - 1), widths);
  }

  /** Returns x with its other end as the margin, [b c | a b c | a b]; see {@link #padReflect}. */
  public static Variable padCircular(Variable x, int... widths) {
    return padded("pad_circular", x, 0, Math::floorMod, widths);
  }

  /** Where an element of a margin comes from. */
  private interface Source {
    int of(int index, int extent);
  }

  /** The widest margin of an axis is its extent less {@code spare}. */
  private static Variable padded(String op, Variable x, int spare, Source source, int... widths) {
    requirePairs(op, x, widths);
    Variable y = x;
    for (int i = 0; i < widths.length; i += 2) {
      int a = x.shape().rank() - 1 - i / 2;
      int n = x.shape().dim(a);
      int before = widths[i];
      int most = Math.max(before, widths[i + 1]);
      if (most == 0) {
        continue;
      }
      if (n == 0 || (long) most > (long) n - spare) {
        throw new ShapeException(
            op, "widths", most, "axis " + a + " of " + x.shape() + " is too short for it");
      }
      Tensor index =
          Tables.places(x.value(), padded(op, n, widths, i), k -> source.of(k - before, n));
      y = Indexing.indexSelect(y, a, index);
    }
    return y;
  }

  /** The extent of an axis with the margins of a pair. */
  private static int padded(String op, int extent, int[] widths, int pair) {
    return Tables.extent(
        op, "widths", Arrays.toString(widths), (long) extent + widths[pair] + widths[pair + 1]);
  }

  private static void requirePairs(String op, Variable x, int... widths) {
    if (widths.length % 2 != 0 || widths.length > 2 * x.shape().rank()) {
      throw new ShapeException(
          op,
          "widths",
          Arrays.toString(widths),
          "it takes pairs, for at most the axes of " + x.shape() + ", the last axis first");
    }
    for (int w : widths) {
      if (w < 0) {
        throw new ArgumentException(op, "widths", w, "it must not be negative; slice crops");
      }
    }
  }

  private record Flip(int axis, Tensor backwards) implements Op.Differentiable {
    @Override
    public String name() {
      return "flip";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      kernels.indexing().indexSelect(x, axis, backwards, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(Graph.apply(this, v.dy()));
    }
  }

  private record Pad(double value, int[] before, Shape shape) implements Op.Differentiable {
    @Override
    public String name() {
      return "pad_constant";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = inputs[0];
      Tensor y = Tensor.result(x.device(), x.dtype(), shape);
      kernels.elementwise().fill(value, y);
      Tensor inside = y;
      for (int a = 0; a < before.length; a++) {
        inside = inside.slice(a, before[a], before[a] + x.dim(a));
      }
      kernels.elementwise().copy(x, inside);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable inside = v.dy();
      Shape x = v.input(0).shape();
      for (int a = 0; a < before.length; a++) {
        if (x.dim(a) != shape.dim(a)) {
          inside = inside.slice(a, before[a], before[a] + x.dim(a));
        }
      }
      return Vjp.gradients(inside);
    }
  }
}
