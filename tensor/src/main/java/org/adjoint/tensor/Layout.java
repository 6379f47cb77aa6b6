package org.adjoint.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of a tensor lie in its storage: element (i₀, …, iᵣ₋₁) is at {@code offset + Σ
 * iₐ · strideₐ}. This class holds the only index arithmetic in the project; every view is a new
 * layout over the same storage.
 */
public final class Layout {
  private final Shape shape;
  private final int[] strides;
  private final int offset;
  private final boolean contiguous;

  private Layout(Shape shape, int[] strides, int offset) {
    this.shape = shape;
    this.strides = strides;
    // An empty view must not point behind the end of its storage.
    this.offset = shape.size() == 0 ? 0 : offset;
    this.contiguous = isRowMajor(shape, strides);
  }

  /** Returns the row-major layout of a shape from offset 0. */
  public static Layout contiguous(Shape shape) {
    return shape.rowMajor();
  }

  static Layout rowMajor(Shape shape) {
    return new Layout(shape, rowMajorStrides(shape), 0);
  }

  private static int[] rowMajorStrides(Shape shape) {
    int[] strides = new int[shape.rank()];
    int step = 1;
    for (int a = strides.length - 1; a >= 0; a--) {
      strides[a] = step;
      step *= Math.max(1, shape.dim(a));
    }
    return strides;
  }

  private static boolean isRowMajor(Shape shape, int[] strides) {
    int step = 1;
    for (int a = strides.length - 1; a >= 0; a--) {
      int d = shape.dim(a);
      if (d != 1 && strides[a] != step) {
        return shape.size() == 0;
      }
      step *= d;
    }
    return true;
  }

  /** Returns the shape. */
  public Shape shape() {
    return shape;
  }

  /** Returns the position of the first element in the storage. */
  public int offset() {
    return offset;
  }

  /**
   * Returns the distance in elements between neighbours along a non-negative axis; 0 if expanded.
   */
  public int stride(int axis) {
    return strides[axis];
  }

  /** Returns whether the elements lie densely in row-major order. */
  public boolean isContiguous() {
    return contiguous;
  }

  /** Returns whether every element is the same one in the storage, as in an expanded scalar. */
  public boolean isUniform() {
    for (int a = 0; a < strides.length; a++) {
      if (strides[a] != 0 && shape.dim(a) != 1) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the position in the storage of an element.
   *
   * @param op the operation on whose behalf this is asked
   * @param index one index an axis
   * @throws ShapeException if the number of indices or one of them does not fit
   */
  public int position(String op, int... index) {
    if (index.length != strides.length) {
      throw new ShapeException(
          op,
          "index",
          Arrays.toString(index),
          "shape " + shape + " takes " + strides.length + " indices");
    }
    int p = offset;
    for (int a = 0; a < index.length; a++) {
      if (index[a] < 0 || index[a] >= shape.dim(a)) {
        throw new ShapeException(
            op, "index", Arrays.toString(index), "it lies outside shape " + shape);
      }
      p += index[a] * strides[a];
    }
    return p;
  }

  /** Returns the number of storage elements from the first to the last in use; strides are ≥ 0. */
  public int span() {
    if (shape.size() == 0) {
      return 0;
    }
    int last = 0;
    for (int a = 0; a < strides.length; a++) {
      last += (shape.dim(a) - 1) * strides[a];
    }
    return last + 1;
  }

  /**
   * Returns the positions of all elements in row-major order of this layout's shape.
   *
   * @return an array of {@code shape().size()} storage positions
   */
  public int[] positions() {
    int[] result = new int[shape.size()];
    if (result.length == 0) {
      return result;
    }
    int rank = strides.length;
    int[] index = new int[rank];
    int p = offset;
    for (int i = 0; ; ) {
      result[i++] = p;
      if (i == result.length) {
        return result;
      }
      int a = rank - 1;
      while (++index[a] == shape.dim(a)) {
        p -= (index[a] - 1) * strides[a];
        index[a--] = 0;
      }
      p += strides[a];
    }
  }

  /**
   * Returns the layout of the same elements under another shape, or null when the elements of this
   * layout cannot be walked with fixed strides in that shape.
   *
   * @throws ShapeException if the sizes differ
   */
  public @Nullable Layout reshape(Shape target) {
    if (target.size() != shape.size()) {
      throw new ShapeException(
          "reshape",
          "shape",
          target,
          "it has "
              + target.size()
              + " elements, but the tensor "
              + shape
              + " has "
              + shape.size());
    }
    if (contiguous) {
      return offset == 0 ? target.rowMajor() : new Layout(target, rowMajorStrides(target), offset);
    }
    // From the end, the old axes are joined to the longest runs of equal distances, and the new
    // axes
    // are cut from those runs: a new axis that does not divide what is left of its run would have
    // to jump in the middle.
    int[] result = new int[target.rank()];
    int from = strides.length - 1;
    int run = 1;
    int step = 1;
    for (int a = result.length - 1; a >= 0; a--) {
      int extent = target.dim(a);
      if (run == 1 && extent != 1) {
        from = skipOnes(from);
        run = shape.dim(from);
        step = strides[from];
        from = skipOnes(from - 1);
        while (from >= 0 && strides[from] == step * run) {
          run *= shape.dim(from);
          from = skipOnes(from - 1);
        }
      }
      if (run % extent != 0) {
        return null;
      }
      result[a] = step;
      step *= extent;
      run /= extent;
    }
    return new Layout(target, result, offset);
  }

  private int skipOnes(int axis) {
    int a = axis;
    while (a >= 0 && shape.dim(a) == 1) {
      a--;
    }
    return a;
  }

  /**
   * Returns the layout with its axes reordered: axis {@code a} of the result is axis {@code
   * order[a]} of this one.
   *
   * @throws ShapeException if {@code order} is not a permutation of the axes
   */
  public Layout permute(int... order) {
    int rank = strides.length;
    boolean[] seen = new boolean[rank];
    int[] dims = new int[rank];
    int[] s = new int[rank];
    boolean valid = order.length == rank;
    for (int a = 0; valid && a < rank; a++) {
      int from = order[a] < 0 ? order[a] + rank : order[a];
      valid = from >= 0 && from < rank && !seen[from];
      if (valid) {
        seen[from] = true;
        dims[a] = shape.dim(from);
        s[a] = strides[from];
      }
    }
    if (!valid) {
      throw new ShapeException(
          "permute",
          "order",
          Arrays.toString(order),
          "it must name each of the " + rank + " axes of " + shape + " once");
    }
    return new Layout(Shape.of(dims), s, offset);
  }

  /** Returns the layout with two axes exchanged; negative axes count from the end. */
  public Layout transpose(int first, int second) {
    int a = shape.axis("transpose", first);
    int b = shape.axis("transpose", second);
    int[] order = new int[strides.length];
    Arrays.setAll(order, i -> i == a ? b : i == b ? a : i);
    return permute(order);
  }

  /**
   * Returns the layout of elements {@code from, from + step, …} before {@code to} along an axis.
   *
   * @param axis the axis; negative counts from the end
   * @param from first index; negative counts from the end
   * @param to index after the last; negative counts from the end
   * @param step distance between taken indices, at least 1
   * @throws ShapeException if the bounds are not {@code 0 <= from <= to <= extent} or step < 1
   */
  public Layout slice(int axis, int from, int to, int step) {
    int a = shape.axis("slice", axis);
    int extent = shape.dim(a);
    int f = from < 0 ? from + extent : from;
    int t = to < 0 ? to + extent : to;
    if (f < 0 || t < f || t > extent) {
      throw new ShapeException(
          "slice",
          "range",
          from + ":" + to,
          "axis " + a + " of " + shape + " takes 0 <= from <= to <= " + extent);
    }
    if (step < 1) {
      throw new ShapeException("slice", "step", step, "it must be at least 1");
    }
    int count = (int) (((long) t - f + step - 1) / step);
    int[] s = strides.clone();
    s[a] = count > 1 ? strides[a] * step : strides[a];
    return new Layout(shape.with(a, count), s, offset + f * strides[a]);
  }

  /** Returns the layout at one index along an axis, that axis removed. */
  public Layout select(int axis, int index) {
    int a = shape.axis("select", axis);
    int extent = shape.dim(a);
    int i = index < 0 ? index + extent : index;
    if (i < 0 || i >= extent) {
      throw new ShapeException(
          "select", "index", index, "axis " + a + " of " + shape + " has " + extent + " elements");
    }
    return new Layout(shape.remove(a), without(strides, a), offset + i * strides[a]);
  }

  /**
   * Returns the layout broadcast to a larger shape by NumPy's rule; new and stretched axes get
   * stride 0.
   *
   * @throws ShapeException if the shape does not broadcast to {@code target}
   */
  public Layout expand(Shape target) {
    if (!shape.broadcastsTo(target)) {
      throw new ShapeException(
          "expand",
          "shape",
          target,
          "the tensor's shape " + shape + " does not broadcast to it; extents must be equal or 1");
    }
    if (shape.equals(target)) {
      return this;
    }
    int shift = target.rank() - strides.length;
    int[] s = new int[target.rank()];
    for (int a = 0; a < strides.length; a++) {
      s[a + shift] = shape.dim(a) == target.dim(a + shift) ? strides[a] : 0;
    }
    return new Layout(target, s, offset);
  }

  /**
   * Returns the layout without an axis of extent 1.
   *
   * @throws ShapeException if the extent is not 1
   */
  public Layout squeeze(int axis) {
    int a = shape.axis("squeeze", axis);
    if (shape.dim(a) != 1) {
      throw new ShapeException(
          "squeeze", "axis", axis, "its extent in " + shape + " is " + shape.dim(a) + ", not 1");
    }
    return new Layout(shape.remove(a), without(strides, a), offset);
  }

  /** Returns the layout with an axis of extent 1 inserted; {@code axis} from −rank−1 to rank. */
  public Layout unsqueeze(int axis) {
    int rank = strides.length;
    if (axis < -rank - 1 || axis > rank) {
      throw new ShapeException(
          "unsqueeze", "axis", axis, "shape " + shape + " takes " + (-rank - 1) + " to " + rank);
    }
    int a = axis < 0 ? axis + rank + 1 : axis;
    int[] s = new int[rank + 1];
    System.arraycopy(strides, 0, s, 0, a);
    s[a] = 0;
    System.arraycopy(strides, a, s, a + 1, rank - a);
    return new Layout(shape.insert(a, 1), s, offset);
  }

  /**
   * Returns the layout of a diagonal of two axes, which are removed, as the last axis: element i
   * has the indices i and {@code i + offset}, or {@code i − offset} and i below the main diagonal.
   *
   * @param offset 0 the main diagonal, 1 the next above it, −1 the next below
   * @param first axis of the rows; negative counts from the end
   * @param second axis of the columns; negative counts from the end
   * @throws ShapeException if the axes are the same, or the diagonal lies outside
   */
  public Layout diagonal(int offset, int first, int second) {
    int a = shape.axis("diagonal", first);
    int b = shape.axis("diagonal", second);
    if (a == b) {
      throw new ShapeException("diagonal", "axes", a, "a diagonal runs along two different axes");
    }
    int rows = shape.dim(a);
    int columns = shape.dim(b);
    if (offset < -rows || offset > columns) {
      throw new ShapeException(
          "diagonal",
          "offset",
          offset,
          "axes " + a + " and " + b + " of " + shape + " take " + -rows + " to " + columns);
    }
    int row = Math.max(0, -offset);
    int column = Math.max(0, offset);
    int lower = Math.min(a, b);
    int upper = Math.max(a, b);
    int rank = strides.length - 1;
    int[] s = Arrays.copyOf(without(without(strides, upper), lower), rank);
    s[rank - 1] = strides[a] + strides[b];
    Shape others = shape.remove(upper).remove(lower);
    Shape result = others.insert(rank - 1, Math.min(rows - row, columns - column));
    return new Layout(result, s, this.offset + row * strides[a] + column * strides[b]);
  }

  private static int[] without(int[] values, int axis) {
    int[] r = new int[values.length - 1];
    System.arraycopy(values, 0, r, 0, axis);
    System.arraycopy(values, axis + 1, r, axis, r.length - axis);
    return r;
  }

  /** Returns the same layout, {@code by} elements further on in its storage. */
  public Layout moved(int by) {
    return new Layout(shape, strides, offset + by);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout l
        && shape.equals(l.shape)
        && offset == l.offset
        && Arrays.equals(strides, l.strides);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * shape.hashCode() + offset) + Arrays.hashCode(strides);
  }

  /** Returns the shape, strides and offset as text. */
  @Override
  public String toString() {
    return shape + " strides " + Arrays.toString(strides) + " offset " + offset;
  }
}
