package org.adjoint.kernels;

import java.util.Arrays;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * How element-wise kernels see their operands: as a matrix of {@code rows} × {@code cols} elements,
 * in which element (r, c) of operand i is at
 *
 * <pre>{@code
 * offset(i) + r * rowStride(i) + c * colStride(i)      colStride(i) is 0 or 1
 * }</pre>
 *
 * of its storage and element (r, c) of the contiguous result at {@code outOffset() + r * cols() +
 * c}. Adjacent axes are merged wherever all operands allow it:
 *
 * <pre>
 *   result        operand                     rows   cols   rowStride  colStride
 *   [64, 10]      [64, 10] contiguous            1    640       0          1
 *   [64, 10]      [] or [1, 1]                   1    640       0          0
 *   [64, 10]      [10]                          64     10       0          1
 *   [64, 10]      [64, 1]                       64     10       1          0
 *   [8, 6, 5, 5]  [6, 1, 1]                     48     25       must be compacted to [8, 6, 1, 1]
 *   [64, 10]      columns of a [64, 30]         64     10      30          1
 * </pre>
 *
 * {@link CheckedKernels} compacts operands that do not fit, so that a backend finds {@link #fits}
 * true for all of them.
 */
public final class RowView {
  /** The offset of an operand that cannot be seen so. */
  private static final int NOWHERE = -1;

  private final int rows;
  private final int cols;
  private final int outOffset;

  /** The first axis of the result that lies in the columns. */
  private final int split;

  /** Offset, row stride and column stride of each operand in turn. */
  private final int[] places;

  private final Shape shape;
  private final Tensor[] operands;

  private RowView(Tensor out, Tensor[] operands, int rows, int cols, int split) {
    this.rows = rows;
    this.cols = cols;
    this.outOffset = out.layout().offset();
    this.split = split;
    this.shape = out.shape();
    this.operands = operands;
    this.places = new int[3 * operands.length];
    Arrays.fill(places, NOWHERE);
  }

  /**
   * Returns the common view of operands that broadcast to the shape of a contiguous result.
   *
   * @param out the result
   * @param operands the operands, of any layout
   */
  public static RowView of(Tensor out, Tensor... operands) {
    return flat(out, operands) ? oneRow(out, operands) : new Groups(out, operands).best();
  }

  private static boolean flat(Tensor out, Tensor[] operands) {
    if (out.size() == 0) {
      return true;
    }
    for (Tensor t : operands) {
      boolean dense = t.isContiguous() && t.shape().equals(out.shape());
      if (!dense && !t.layout().isUniform()) {
        return false;
      }
    }
    return true;
  }

  private static RowView oneRow(Tensor out, Tensor[] operands) {
    int size = out.size();
    RowView view = new RowView(out, operands, size == 0 ? 0 : 1, size, 0);
    for (int i = 0; i < operands.length; i++) {
      int step = operands[i].layout().isUniform() && size > 1 ? 0 : 1;
      view.place(i, operands[i].layout().offset(), 0, step);
    }
    return view;
  }

  private void place(int operand, int offset, int rowStride, int colStride) {
    places[3 * operand] = offset;
    places[3 * operand + 1] = rowStride;
    places[3 * operand + 2] = colStride;
  }

  /** Returns the number of rows; 0 if the result is empty. */
  public int rows() {
    return rows;
  }

  /** Returns the number of columns. */
  public int cols() {
    return cols;
  }

  /** Returns where the result starts in its storage; its rows follow each other densely. */
  public int outOffset() {
    return outOffset;
  }

  /** Returns where an operand starts in its storage. */
  public int offset(int operand) {
    return places[3 * operand];
  }

  /** Returns the distance between the rows of an operand: 0 if it has only one, any other value. */
  public int rowStride(int operand) {
    return places[3 * operand + 1];
  }

  /** Returns the distance between the columns of an operand: 1, or 0 if each row is one value. */
  public int colStride(int operand) {
    return places[3 * operand + 2];
  }

  /** Returns whether one value serves the whole result. */
  public boolean isScalar(int operand) {
    return colStride(operand) == 0 && rowStride(operand) == 0;
  }

  /** Returns whether an operand can be seen so; if not, its offset and strides mean nothing. */
  public boolean fits(int operand) {
    return places[3 * operand] != NOWHERE;
  }

  /** Returns whether all operands can be seen so. */
  public boolean fits() {
    for (int i = 0; i < operands.length; i++) {
      if (!fits(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the smallest shape under which a contiguous copy of an operand fits: that of the
   * result, but 1 along its rows, or along its columns, if the operand is broadcast along all of
   * these.
   */
  Shape compactShape(int operand) {
    int[] dims = shape.toArray();
    Layout layout = operands[operand].layout();
    boolean sameRows = true;
    boolean sameColumns = true;
    for (int a = 0; a < dims.length; a++) {
      boolean moves = dims[a] > 1 && broadcastStride(layout, dims.length, a) != 0;
      sameRows &= a >= split || !moves;
      sameColumns &= a < split || !moves;
    }
    if (sameRows) {
      Arrays.fill(dims, 0, split, 1);
    } else if (sameColumns) {
      Arrays.fill(dims, split, dims.length, 1);
    }
    return Shape.of(dims);
  }

  /** The stride of an operand along an axis of the result, 0 where it is broadcast. */
  static int broadcastStride(Layout operand, int rank, int axis) {
    int own = axis - (rank - operand.shape().rank());
    return own < 0 || operand.shape().dim(own) == 1 ? 0 : operand.stride(own);
  }

  /**
   * The axes of the result, innermost first, without those of extent 1 and merged wherever all
   * operands walk two neighbours with one stride.
   */
  private static final class Groups {
    private final Tensor out;
    private final Tensor[] operands;
    private final int[] extents;
    private final int[] firstAxis;
    private final int[][] strides;
    private int count;

    Groups(Tensor out, Tensor[] operands) {
      this.out = out;
      this.operands = operands;
      int rank = out.rank();
      extents = new int[rank];
      firstAxis = new int[rank];
      strides = new int[operands.length][rank];
      Shape shape = out.shape();
      for (int a = rank - 1; a >= 0; a--) {
        int extent = shape.dim(a);
        if (extent != 1) {
          add(a, extent);
        }
      }
    }

    private void add(int axis, int extent) {
      int rank = out.rank();
      boolean merge = count > 0;
      for (int i = 0; i < operands.length; i++) {
        int s = broadcastStride(operands[i].layout(), rank, axis);
        strides[i][count] = s;
        merge = merge && s == (long) strides[i][count - 1] * extents[count - 1];
      }
      if (merge) {
        extents[count - 1] *= extent;
        firstAxis[count - 1] = axis;
      } else {
        extents[count] = extent;
        firstAxis[count] = axis;
        count++;
      }
    }

    /** The view with the least to compact, and of these the one with the longest rows. */
    RowView best() {
      int best = count;
      long least = Long.MAX_VALUE;
      for (int inner = count; inner >= 1; inner--) {
        long cost = 0;
        for (int i = 0; i < operands.length; i++) {
          cost += cost(i, inner);
        }
        if (cost < least) {
          least = cost;
          best = inner;
        }
      }
      return view(best);
    }

    private RowView view(int inner) {
      int cols = product(0, inner);
      int split = firstAxis[inner - 1];
      RowView view = new RowView(out, operands, out.size() / cols, cols, split);
      for (int i = 0; i < operands.length; i++) {
        if (fits(i, inner)) {
          int rowStride = inner < count ? strides[i][inner] : 0;
          view.place(i, operands[i].layout().offset(), rowStride, strides[i][0]);
        }
      }
      return view;
    }

    /** How many elements must be copied for the operand to fit when so many groups are columns. */
    private long cost(int operand, int inner) {
      if (fits(operand, inner)) {
        return 0;
      }
      long rows = moves(operand, inner, count) ? product(inner, count) : 1;
      long cols = moves(operand, 0, inner) ? product(0, inner) : 1;
      return rows * cols;
    }

    private boolean fits(int operand, int inner) {
      return strides[operand][0] <= 1 && evenly(operand, 0, inner) && evenly(operand, inner, count);
    }

    /** Whether one stride walks all these groups of an operand. */
    private boolean evenly(int operand, int from, int to) {
      int[] s = strides[operand];
      for (int g = from + 1; g < to; g++) {
        if (s[g] != (long) s[g - 1] * extents[g - 1]) {
          return false;
        }
      }
      return true;
    }

    private boolean moves(int operand, int from, int to) {
      for (int g = from; g < to; g++) {
        if (strides[operand][g] != 0) {
          return true;
        }
      }
      return false;
    }

    private int product(int from, int to) {
      int p = 1;
      for (int g = from; g < to; g++) {
        p *= extents[g];
      }
      return p;
    }
  }
}
