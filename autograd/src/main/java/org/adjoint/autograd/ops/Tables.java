package org.adjoint.autograd.ops;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Places and weights that follow from extents alone, worked out in Java and kept on the device of
 * an operand. The device gives the memory first, and then gets them a piece at a time: a table that
 * is too large is refused by its {@link org.adjoint.tensor.MemoryException}, and never stands on
 * the Java heap as a whole besides.
 */
final class Tables {
  /** How many numbers stand on the Java heap at a time. */
  static final int PIECE = 1 << 14;

  /** The weights of the rows of a matrix, which are 0 but for a few columns side by side. */
  interface Weights {
    /** Returns the first column that counts. */
    int from(int row);

    /** Returns the column behind the last that counts. */
    int to(int row);

    /** Returns the weight of one that does. */
    double at(int row, int column);
  }

  private Tables() {}

  /**
   * Returns an extent that was worked out in 64 bits.
   *
   * @throws ShapeException if no axis can have it
   */
  static int extent(String op, String argument, Object value, long extent) {
    if (extent > Integer.MAX_VALUE) {
      throw new ShapeException(
          op,
          argument,
          value,
          "an axis of the result would have " + extent + " elements; 2147483647 are the most");
    }
    return (int) extent;
  }

  /** Returns the int32 numbers {@code place(0), place(1), …}. */
  static Tensor places(Tensor like, int count, IntUnaryOperator place) {
    Tensor table = Tensor.owned(like.device(), DType.I32, Shape.of(count));
    int[] piece = new int[Math.min(count, PIECE)];
    for (int from = 0, n; from < count; from += n) {
      n = Math.min(piece.length, count - from);
      for (int i = 0; i < n; i++) {
        piece[i] = place.applyAsInt(from + i);
      }
      like.device().upload(piece, 0, table.storage(), from, n);
    }
    return table;
  }

  /** Returns a matrix in the type of a tensor; a constant. */
  static Variable matrix(Tensor like, int rows, int columns, Weights weights) {
    Tensor table = Tensor.owned(like.device(), like.dtype(), Shape.of(rows, columns));
    double[] piece = new double[Math.min(table.size(), PIECE)];
    for (int from = 0, n; from < table.size(); from += n) {
      n = Math.min(piece.length, table.size() - from);
      Arrays.fill(piece, 0);
      for (int row = from / columns; row <= (from + n - 1) / columns; row++) {
        // The part of the row that lies in this piece.
        int start = row * columns - from;
        int first = Math.max(weights.from(row), -start);
        int end = Math.min(weights.to(row), n - start);
        for (int c = first; c < end; c++) {
          piece[start + c] = weights.at(row, c);
        }
      }
      upload(piece, table, from, n);
    }
    return Variable.of(table);
  }

  private static void upload(double[] piece, Tensor table, int from, int n) {
    if (table.dtype() == DType.F64) {
      table.device().upload(piece, 0, table.storage(), from, n);
      return;
    }
    float[] single = new float[n];
    for (int i = 0; i < n; i++) {
      single[i] = (float) piece[i];
    }
    table.device().upload(single, 0, table.storage(), from, n);
  }
}
