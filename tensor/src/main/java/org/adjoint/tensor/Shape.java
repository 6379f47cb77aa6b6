package org.adjoint.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The extents of a tensor, outermost first. A scalar has rank 0 and size 1; an extent of 0 makes an
 * empty tensor. The number of elements is at most 2³¹ − 1.
 *
 * <p>Shapes used of late are found again instead of made again: the steps of a training meet the
 * same few over and over.
 */
public final class Shape {
  /** The shape of a scalar, {@code []}. */
  public static final Shape SCALAR = new Shape(new int[0], 1);

  /** A shape at the hash of its extents, the latest of those that share a hash. */
  private static final @Nullable Shape[] LATE = new @Nullable Shape[1024];

  private final int[] dims;
  private final int size;
  private @Nullable Layout rowMajor;

  private Shape(int[] dims, int size) {
    this.dims = dims;
    this.size = size;
  }

  /**
   * Returns the shape with these extents.
   *
   * @param dims the extents, each at least 0
   * @throws ShapeException if an extent is negative or the product exceeds 2³¹ − 1
   */
  public static Shape of(int... dims) {
    // Threads may race here: any shape that they see is whole, for its extents are final.
    int place = place(Arrays.hashCode(dims));
    Shape late = LATE[place];
    if (late != null && Arrays.equals(late.dims, dims)) {
      return late;
    }
    Shape made = make(dims);
    LATE[place] = made;
    return made;
  }

  /** As {@link #of(int...)} for a matrix, without an array on the way. */
  public static Shape of(int rows, int columns) {
    Shape late = LATE[place(31 * (31 + rows) + columns)];
    boolean found =
        late != null && late.dims.length == 2 && late.dims[0] == rows && late.dims[1] == columns;
    return late != null && found ? late : of(new int[] {rows, columns});
  }

  private static int place(int hash) {
    return (hash ^ hash >>> 10) & LATE.length - 1;
  }

  private static Shape make(int[] dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    long size = 1;
    boolean empty = false;
    for (int d : dims) {
      if (d < 0) {
        throw new ShapeException(
            "shape", "dimensions", Arrays.toString(dims), "every extent must be 0 or more");
      }
      empty |= d == 0;
    }
    for (int d : dims) {
      size = empty ? 0 : size * d;
      if (size > Integer.MAX_VALUE) {
        throw new ShapeException(
            "shape",
            "dimensions",
            Arrays.toString(dims),
            "a tensor holds at most 2147483647 elements; split it along its first axis");
      }
    }
    return new Shape(dims.clone(), (int) size);
  }

  /** Returns the row-major layout from offset 0, which is made once. */
  Layout rowMajor() {
    Layout layout = rowMajor;
    if (layout == null) {
      layout = Layout.rowMajor(this);
      rowMajor = layout;
    }
    return layout;
  }

  /** Returns the number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Returns the number of elements, the product of the extents; 1 for a scalar. */
  public int size() {
    return size;
  }

  /**
   * Returns the extent along an axis.
   *
   * @param axis from 0 to rank − 1, or negative to count from the end (−1 is the last)
   * @throws ShapeException if there is no such axis
   */
  public int dim(int axis) {
    return dims[axis("dim", axis)];
  }

  /** Returns a copy of the extents. */
  public int[] toArray() {
    return dims.clone();
  }

  /**
   * Returns a non-negative axis.
   *
   * @param op the operation on whose behalf the axis is checked, for the message
   * @param axis from −rank to rank − 1
   * @throws ShapeException if the axis is outside that range
   */
  public int axis(String op, int axis) {
    if (axis < -dims.length || axis >= dims.length) {
      throw new ShapeException(
          op,
          "axis",
          axis,
          dims.length == 0
              ? "a scalar has no axes"
              : "shape " + this + " has axes " + -dims.length + " to " + (dims.length - 1));
    }
    return axis < 0 ? axis + dims.length : axis;
  }

  /** Returns this shape with one more axis of the given extent in front of {@code axis}. */
  public Shape insert(int axis, int extent) {
    int[] r = new int[dims.length + 1];
    System.arraycopy(dims, 0, r, 0, axis);
    r[axis] = extent;
    System.arraycopy(dims, axis, r, axis + 1, dims.length - axis);
    return of(r);
  }

  /** Returns this shape without the (non-negative) axis. */
  public Shape remove(int axis) {
    int[] r = new int[dims.length - 1];
    System.arraycopy(dims, 0, r, 0, axis);
    System.arraycopy(dims, axis + 1, r, axis, dims.length - axis - 1);
    return of(r);
  }

  /** Returns this shape with the extent of the (non-negative) axis replaced. */
  public Shape with(int axis, int extent) {
    int[] r = dims.clone();
    r[axis] = extent;
    return of(r);
  }

  /** Returns this shape with the axes {@code first} to {@code last} merged into one. */
  public Shape merge(int first, int last) {
    if (first == last) {
      return this;
    }
    int[] r = new int[dims.length - (last - first)];
    System.arraycopy(dims, 0, r, 0, first);
    r[first] = 1;
    for (int a = first; a <= last; a++) {
      r[first] *= dims[a];
    }
    System.arraycopy(dims, last + 1, r, first + 1, dims.length - last - 1);
    return of(r);
  }

  /** Returns whether {@link #broadcast} of this shape with {@code target} gives {@code target}. */
  public boolean broadcastsTo(Shape target) {
    int shift = target.dims.length - dims.length;
    if (shift < 0) {
      return false;
    }
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] != 1 && dims[i] != target.dims[i + shift]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the common shape of two operands by NumPy's rule: shapes are aligned at the last axis,
   * missing axes count as 1, and along each axis the extents are equal or one of them is 1.
   *
   * @param op the operation on whose behalf this is asked, for the message
   * @throws ShapeException if an axis has two different extents, neither of them 1
   */
  public static Shape broadcast(String op, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] r = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
      int y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
      if (x != y && x != 1 && y != 1) {
        throw new ShapeException(
            op,
            "the second operand's shape",
            b,
            "it does not broadcast with the first operand's:\n"
                + aligned(a, b)
                + "\naligned at the last axis, extents must be equal or 1");
      }
      r[rank - i] = x == 1 ? y : x;
    }
    return of(r);
  }

  /** Returns two shapes under each other, one column an axis. */
  private static String aligned(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] width = new int[rank];
    for (int i = 0; i < rank; i++) {
      width[i] = Math.max(a.extent(i - rank).length(), b.extent(i - rank).length());
    }
    return "  " + a.columns(width) + "\n  " + b.columns(width);
  }

  /** The extent of an axis counted from the end, or nothing if there is no such axis. */
  private String extent(int axis) {
    return -axis > dims.length ? "" : Integer.toString(dims[dims.length + axis]);
  }

  private String columns(int[] width) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < width.length; i++) {
      int axis = i - width.length + dims.length;
      String before = axis < 0 ? "  " : axis == 0 ? " [" : ", ";
      String n = extent(i - width.length);
      s.append(i == 0 ? before.substring(1) : before).repeat(' ', width[i] - n.length()).append(n);
    }
    return s.append(dims.length == 0 ? "[]" : "]").toString();
  }

  @Override
  public boolean equals(Object other) {
    return other == this || other instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Returns the extents in brackets, {@code [2, 3]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
