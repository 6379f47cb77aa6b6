package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.Expr;

/**
 * One reduction of x [outer, n, inner] to y [outer, inner], in an order that follows from the shape
 * alone:
 *
 * <ul>
 *   <li>Columns (inner &gt; 1): rows are combined with an accumulator row one after the other,
 *       eight at a time as a tree. Narrow rows are first joined to rows of k·inner, whose result is
 *       folded in halves. A long axis is cut into pieces of fixed length, whose results are reduced
 *       again.
 *   <li>Rows (inner = 1): a row is cut into chunks of {@value #CHUNK}. Sums and maxima in float32
 *       are those of {@link FloatRows}; otherwise a chunk is seen as [m, 64] and reduced as
 *       columns, and its lanes are folded in halves. The results of several chunks are reduced
 *       again. Rows of less than {@value #SHORT} are combined one by one.
 * </ul>
 *
 * <p>Threads take whole pieces or ranges of columns, so they do not matter.
 */
final class ReduceTask extends Region {
  /** Rows combined at a time. */
  static final int GROUP = 8;

  private static final int LANES = 64;
  private static final int SHORT = 128;

  /** At most 128 additions follow each other in a lane of a row. */
  private static final int CHUNK = 1 << 13;

  /** The elements of a piece of columns. */
  private static final int PIECE = 1 << 16;

  /** Rows are joined up to about this width: in narrower ones the loops hardly start. */
  private static final int WIDE = 512;

  private final CpuReductions.Loops loops;
  private final Object x;
  private final int xAt;
  private final int outer;
  private final int n;
  private final int inner;

  /** The length of a piece of the axis, and how many there are. */
  private final int piece;

  private final int pieces;

  /** Where results of pieces go: y, or a buffer if there are several. */
  private Object to;

  private int toAt;

  ReduceTask(CpuReductions.Loops loops, Object x, int xAt, int outer, int n, int inner) {
    this.loops = loops;
    this.x = x;
    this.xAt = xAt;
    this.outer = outer;
    this.n = n;
    this.inner = inner;
    this.piece = inner == 1 ? CHUNK : Math.max(LANES, PIECE / inner / GROUP * GROUP);
    this.pieces = (n - 1) / piece + 1;
    this.to = x;
  }

  /** Writes the result, dense. */
  void reduceTo(Object y, int yAt) {
    reduceTo(y, yAt, 0);
  }

  private void reduceTo(Object y, int yAt, int level) {
    boolean direct = pieces == 1;
    to = direct ? y : ReduceScratch.pieces(level, isSingle(), outer * pieces * inner);
    toAt = direct ? yAt : 0;
    int parts = Parallel.partsFor((long) outer * n * inner * GROUP);
    if (parts == 1) {
      run(0, 1);
    } else {
      Parallel.run(this, parts);
    }
    if (!direct) {
      new ReduceTask(loops, to, 0, outer, pieces, inner).reduceTo(y, yAt, level + 1);
    }
  }

  private boolean isSingle() {
    return x instanceof float[];
  }

  @Override
  public void run(int part, int parts) {
    reduce(part, parts);
    ReduceScratch.forget();
  }

  private void reduce(int part, int parts) {
    int items = outer * pieces;
    if (inner > 1) {
      ElementTask eight = task(GROUP);
      ElementTask one = task(1);
      if (items >= parts || inner < WIDE) {
        for (int i = first(items, part, parts); i < first(items, part + 1, parts); i++) {
          columns(eight, one, i, 0, inner);
        }
      } else {
        int from = first(inner, LANES, part, parts);
        int end = first(inner, LANES, part + 1, parts);
        for (int i = 0; i < items && from < end; i++) {
          columns(eight, one, i, from, end);
        }
      }
    } else if (n < SHORT) {
      shortRows(first(items, part, parts), first(items, part + 1, parts));
    } else {
      longRows(first(items, part, parts), first(items, part + 1, parts));
    }
  }

  /** A call of the loop over so many rows; the accumulator is both result and operand 0. */
  private ElementTask task(int rows) {
    return ReduceScratch.task(rows == 1 ? loops.one() : loops.eight(), rows);
  }

  /** The first element of a piece of the axis. */
  private int start(int item) {
    return xAt + (item / pieces * n + item % pieces * piece) * inner;
  }

  private int length(int item) {
    return Math.min(piece, n - item % pieces * piece);
  }

  private void columns(ElementTask eight, ElementTask one, int item, int from, int end) {
    int at = toAt + item * inner;
    int rows = length(item);
    int join = join(rows);
    if (join == 1) {
      clear(to, at + from, at + end);
      accumulate(eight, one, start(item), rows, inner, to, at, from, end);
      return;
    }
    // k rows of x are one row here; what does not fill one joins the first
    int width = join * inner;
    Object wide = ReduceScratch.lanes(isSingle(), width);
    clear(wide, 0, width);
    accumulate(eight, one, start(item), rows / join, width, wide, 0, 0, width);
    int rest = rows % join;
    accumulate(eight, one, start(item) + (rows - rest) * inner, rest, inner, wide, 0, 0, inner);
    fold(one, wide, width, inner);
    System.arraycopy(wide, 0, to, at, inner);
  }

  /** How many rows are joined: a power of two, 1 if rows are wide or few. */
  private int join(int rows) {
    int wanted = Math.min(WIDE / inner, rows / GROUP);
    return Math.max(1, Integer.highestOneBit(wanted));
  }

  /** Combines the second half of an array with the first, until only so much is left. */
  private void fold(ElementTask one, Object array, int width, int left) {
    for (int half = width / 2; half >= left; half /= 2) {
      one.slot(0, array, 0, 0).slot(1, array, 0, 0).slot(2, array, half, 0);
      loops.one().run(one, 0, 1, 0, half);
    }
  }

  private void clear(Object array, int from, int end) {
    if (array instanceof float[] f) {
      Arrays.fill(f, from, end, (float) loops.neutral());
    } else {
      Arrays.fill((double[]) array, from, end, loops.neutral());
    }
  }

  /** Combines rows of x, {@code stride} apart, with an accumulator, in columns from … end − 1. */
  private void accumulate(
      ElementTask eight,
      ElementTask one,
      int at,
      int rows,
      int stride,
      Object acc,
      int accAt,
      int from,
      int end) {
    int groups = rows / GROUP;
    if (groups > 0) {
      eight.slot(0, acc, accAt, 0).slot(1, acc, accAt, 0);
      for (int j = 0; j < GROUP; j++) {
        eight.slot(2 + j, x, at + j * stride, GROUP * stride);
      }
      loops.eight().run(eight, 0, groups, from, end);
    }
    int rest = rows - groups * GROUP;
    if (rest > 0) {
      one.slot(0, acc, accAt, 0).slot(1, acc, accAt, 0);
      one.slot(2, x, at + groups * GROUP * stride, stride);
      loops.one().run(one, 0, rest, from, end);
    }
  }

  private void longRows(int from, int end) {
    Expr.Operator combine = loops.combine();
    if (x instanceof float[] f && (combine == Expr.Operator.ADD || combine == Expr.Operator.MAX)) {
      longRows(combine == Expr.Operator.ADD, f, (float[]) to, from, end);
      return;
    }
    ElementTask eight = task(GROUP);
    ElementTask one = task(1);
    Object lanes = ReduceScratch.lanes(isSingle(), LANES);
    for (int item = from; item < end; item++) {
      clear(lanes, 0, LANES);
      int at = start(item);
      int length = length(item);
      int rows = length / LANES;
      accumulate(eight, one, at, rows, LANES, lanes, 0, 0, LANES);
      int rest = length - rows * LANES;
      accumulate(eight, one, at + rows * LANES, 1, LANES, lanes, 0, 0, rest);
      fold(one, lanes, LANES, 1);
      System.arraycopy(lanes, 0, to, toAt + item, 1);
    }
  }

  private void longRows(boolean sum, float[] f, float[] results, int from, int end) {
    FloatRows rows = FloatRows.best();
    float[] chains = FloatRows.chains();
    for (int item = from; item < end; item++) {
      if (sum) {
        FloatRows.clear(chains, 0);
        rows.addSum(f, start(item), length(item), chains);
        results[toAt + item] = rows.fold(chains, 0, LANES);
      } else {
        results[toAt + item] = rows.max(f, start(item), length(item));
      }
    }
  }

  private void shortRows(int from, int end) {
    for (int item = from; item < end; item++) {
      ShortRows.reduce(
          loops.combine(), loops.neutral(), x, start(item), length(item), to, toAt + item);
    }
  }
}
