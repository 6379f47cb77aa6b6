package org.adjoint.kernels;

import java.util.Arrays;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * How a fused reduction sees its operands, broadcast to their common shape: as a block of {@code
 * outer} × {@code n} × {@code inner} elements around the reduced axis, in which element (o, k, i)
 * of an operand is at
 *
 * <pre>{@code
 * offset + o * outerStride + k * axisStride + i * innerStride
 * }</pre>
 *
 * of its storage. The last stride that counts, {@code innerStride} if inner &gt; 1 and {@code
 * axisStride} otherwise, is 0 or 1.
 *
 * <pre>
 *   common shape, axis   operand           outerStride  axisStride  innerStride
 *   [64, 10], 0          [64, 10] dense         0           10           1
 *   [64, 10], 0          [10]                   0            0           1
 *   [64, 10], 1          [64, 1]                1            0           0
 *   [8, 6, 25], 2        [6, 1]            must be compacted to [8, 6, 1]
 * </pre>
 *
 * {@link CheckedKernels} compacts operands that do not fit, so that a backend finds {@link #fits}
 * true.
 */
public final class ReduceView {
  private final Tensor[] operands;
  private final Shape shape;
  private final int axis;
  private final int outer;
  private final int inner;

  /** Offset, outer stride, axis stride and inner stride of each operand in turn. */
  private final int[] places;

  private final boolean[] fits;

  private ReduceView(Shape shape, int axis, Tensor[] operands) {
    this.operands = operands;
    this.shape = shape;
    this.axis = axis;
    this.outer = extent(0, axis);
    this.inner = extent(axis + 1, shape.rank());
    this.places = new int[4 * operands.length];
    this.fits = new boolean[operands.length];
    for (int i = 0; i < operands.length; i++) {
      place(i, operands[i].layout());
    }
  }

  /**
   * Returns the view of operands along an axis of their common shape.
   *
   * @param op the operation, for messages
   * @param axis the axis, not negative
   * @param operands at least one operand, of any layout
   * @throws org.adjoint.tensor.ShapeException if they do not broadcast, or lack the axis
   */
  public static ReduceView of(String op, int axis, Tensor... operands) {
    Shape shape = commonShape(op, operands);
    return new ReduceView(shape, shape.axis(op, axis), operands);
  }

  /** Returns the shape to which operands broadcast. */
  static Shape commonShape(String op, Tensor... operands) {
    Shape shape = Shape.SCALAR;
    for (Tensor t : operands) {
      shape = Shape.broadcast(op, shape, t.shape());
    }
    return shape;
  }

  private int extent(int from, int to) {
    int e = 1;
    for (int a = from; a < to; a++) {
      e *= shape.dim(a);
    }
    return e;
  }

  private void place(int operand, Layout layout) {
    int at = 4 * operand;
    places[at] = layout.offset();
    places[at + 1] = stride(layout, 0, axis);
    places[at + 2] = stride(layout, axis, axis + 1);
    places[at + 3] = stride(layout, axis + 1, shape.rank());
    int last = places[inner > 1 ? at + 3 : at + 2];
    fits[operand] =
        last >= 0 && last <= 1 && even(layout, 0, axis) && even(layout, axis + 1, shape.rank());
  }

  /** The distance of neighbours along the innermost of some axes that is longer than 1. */
  private int stride(Layout layout, int from, int to) {
    for (int a = to - 1; a >= from; a--) {
      if (shape.dim(a) > 1) {
        return RowView.broadcastStride(layout, shape.rank(), a);
      }
    }
    return 0;
  }

  /** Whether one stride walks all these axes. */
  private boolean even(Layout layout, int from, int to) {
    long next = stride(layout, from, to);
    for (int a = to - 1; a >= from; a--) {
      if (shape.dim(a) > 1) {
        if (RowView.broadcastStride(layout, shape.rank(), a) != next) {
          return false;
        }
        next *= shape.dim(a);
      }
    }
    return true;
  }

  /** Returns the common shape of the operands. */
  public Shape shape() {
    return shape;
  }

  /** Returns the number of elements of the axes before the reduced one. */
  public int outer() {
    return outer;
  }

  /** Returns the extent of the reduced axis. */
  public int n() {
    return shape.dim(axis);
  }

  /** Returns the number of elements of the axes after the reduced one. */
  public int inner() {
    return inner;
  }

  /** Returns where an operand starts in its storage. */
  public int offset(int operand) {
    return places[4 * operand];
  }

  /** Returns the distance of neighbours in front of the axis; 0 where it is broadcast. */
  public int outerStride(int operand) {
    return places[4 * operand + 1];
  }

  /** Returns the distance of neighbours along the axis. */
  public int axisStride(int operand) {
    return places[4 * operand + 2];
  }

  /** Returns the distance of neighbours behind the axis. */
  public int innerStride(int operand) {
    return places[4 * operand + 3];
  }

  /** Returns whether an operand can be seen so; if not, its strides mean nothing. */
  public boolean fits(int operand) {
    return fits[operand];
  }

  /** Returns whether all operands can be seen so. */
  public boolean fits() {
    for (boolean f : fits) {
      if (!f) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the smallest shape under which a contiguous copy of an operand fits: the common shape,
   * but 1 before, at or behind the axis where the operand is the same throughout.
   */
  Shape compactShape(int operand) {
    int[] dims = shape.toArray();
    Layout layout = operands[operand].layout();
    compact(dims, layout, 0, axis);
    compact(dims, layout, axis, axis + 1);
    compact(dims, layout, axis + 1, dims.length);
    return Shape.of(dims);
  }

  private static void compact(int[] dims, Layout layout, int from, int to) {
    for (int a = from; a < to; a++) {
      if (dims[a] > 1 && RowView.broadcastStride(layout, dims.length, a) != 0) {
        return;
      }
    }
    Arrays.fill(dims, from, to, 1);
  }
}
