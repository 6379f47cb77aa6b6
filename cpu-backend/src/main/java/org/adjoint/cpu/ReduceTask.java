package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.Expr;
import org.jspecify.annotations.Nullable;

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

  private static final double[] NONE = {};

  private final CpuReductions.Loops loops;
  private final int xAt;
  private final int outer;
  private final int n;
  private final int inner;

  /** The length of a piece of the axis, and how many there are. */
  private final int piece;

  private final int pieces;

  /** Reduces the results of pieces, if there are several. */
  private final @Nullable ReduceTask next;

  /** The array of x, or the {@link ReduceMap} that computes it. */
  private Object x;

  /** Where results of pieces go: y, or a buffer if there are several. */
  private Object to;

  private int toAt;

  /**
   * Creates a reduction, which may run again and again.
   *
   * @param loops what combines
   * @param x an array, or the {@link ReduceMap} that computes it
   * @param xAt where x begins in the array
   */
  ReduceTask(CpuReductions.Loops loops, Object x, int xAt, int outer, int n, int inner) {
    this.loops = loops;
    this.x = x;
    this.xAt = xAt;
    this.outer = outer;
    this.n = n;
    this.inner = inner;
    this.piece = inner == 1 ? CHUNK : Math.max(LANES, PIECE / inner / GROUP * GROUP);
    this.pieces = (n - 1) / piece + 1;
    this.next = pieces == 1 ? null : new ReduceTask(loops, x, 0, outer, pieces, inner);
    this.to = x;
  }

  /** Returns the extent of the axis. */
  int length() {
    return n;
  }

  /** Writes the result, dense. */
  void reduceTo(Object y, int yAt) {
    reduceTo(y, yAt, 0);
  }

  private void reduceTo(Object y, int yAt, int level) {
    to = next == null ? y : ReduceScratch.pieces(level, loops.single(), outer * pieces * inner);
    toAt = next == null ? yAt : 0;
    int weight = GROUP + (x instanceof ReduceMap map ? map.weight() : 0);
    int parts = Parallel.partsFor((long) outer * n * inner * weight);
    if (parts == 1) {
      run(0, 1);
    } else {
      Parallel.run(this, parts);
    }
    if (next != null) {
      next.x = to;
      next.reduceTo(y, yAt, level + 1);
    }
  }

  @Override
  public void run(int part, int parts) {
    reduce(part, parts);
    ElementTask.forgetOwn();
  }

  private void reduce(int part, int parts) {
    int items = outer * pieces;
    if (inner > 1) {
      ElementTask eight = task(GROUP);
      ElementTask one = task(1);
      if (items >= parts || join(length(0)) > 1) {
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
    return ElementTask.ofThread(rows == 1 ? loops.one() : loops.eight(), 2 + rows, NONE);
  }

  /** The first index along the axis of a piece. */
  private int begin(int item) {
    return item % pieces * piece;
  }

  private int length(int item) {
    return Math.min(piece, n - begin(item));
  }

  // ---- x, in place or computed by blocks ---

  /** The array of columns of x: rows from k on, {@code cols} of each from i on. */
  private Object columns(int o, int k, int rows, int i, int cols) {
    return x instanceof ReduceMap map ? map.columns(o, k, rows, i, cols) : x;
  }

  /** Where in it element (o, k, i) is. */
  private int at(int o, int k, int i) {
    return x instanceof ReduceMap ? 0 : xAt + (o * n + k) * inner + i;
  }

  /** How far apart its rows are. */
  private int stride(int cols) {
    return x instanceof ReduceMap ? cols : inner;
  }

  // ---- columns ---

  private void columns(ElementTask eight, ElementTask one, int item, int from, int end) {
    int at = toAt + item * inner;
    int rows = length(item);
    int join = join(rows);
    if (join == 1) {
      clear(to, at + from, at + end);
      int width = x instanceof ReduceMap ? ReduceMap.SIZE / GROUP : inner;
      for (int i = from; i < end; i += width) {
        accumulate(eight, one, item, 0, rows, i, Math.min(width, end - i), 1, to, at + i);
      }
      return;
    }
    // k rows of x are one row here; what does not fill one joins the first
    int width = join * inner;
    int rest = rows % join;
    Object wide = ReduceScratch.lanes(loops.single(), width);
    clear(wide, 0, width);
    accumulate(eight, one, item, 0, rows - rest, 0, inner, join, wide, 0);
    if (rest > 0) {
      accumulate(eight, one, item, rows - rest, rest, 0, inner, 1, wide, 0);
    }
    fold(one, wide, width, inner);
    System.arraycopy(wide, 0, to, at, inner);
  }

  /** How many rows are joined: a power of two, 1 if rows are wide or few. */
  private int join(int rows) {
    int wanted = Math.min(WIDE / inner, rows / GROUP);
    return Math.max(1, Integer.highestOneBit(wanted));
  }

  /**
   * Combines rows of a piece with an accumulator, in columns from i on.
   *
   * @param k the first row, counted from the beginning of the piece
   * @param join how many rows make one
   */
  private void accumulate(
      ElementTask eight,
      ElementTask one,
      int item,
      int k,
      int rows,
      int i,
      int cols,
      int join,
      Object acc,
      int accAt) {
    int o = item / pieces;
    int first = begin(item) + k;
    if (x instanceof ReduceMap map && map.combinesColumns(join)) {
      map.combineColumns(o, first, rows / join, join, i, acc, accAt, join * cols);
      return;
    }
    int stride = join * stride(cols);
    int width = join * cols;
    int height = x instanceof ReduceMap ? ReduceMap.SIZE / width / GROUP * GROUP * join : rows;
    for (int done = 0; done < rows; done += height) {
      int from = first + done;
      int count = Math.min(height, rows - done);
      Object array = columns(o, from, count, i, cols);
      combine(eight, one, array, at(o, from, i), count / join, stride, acc, accAt, width);
    }
  }

  /** Combines rows of an array, {@code stride} apart, with an accumulator. */
  private void combine(
      ElementTask eight,
      ElementTask one,
      Object array,
      int at,
      int rows,
      int stride,
      Object acc,
      int accAt,
      int cols) {
    int groups = rows / GROUP;
    if (groups > 0) {
      eight.slot(0, acc, accAt, 0).slot(1, acc, accAt, 0);
      for (int j = 0; j < GROUP; j++) {
        eight.slot(2 + j, array, at + j * stride, GROUP * stride);
      }
      loops.eight().run(eight, 0, groups, 0, cols);
    }
    int rest = rows - groups * GROUP;
    if (rest > 0) {
      one.slot(0, acc, accAt, 0).slot(1, acc, accAt, 0);
      one.slot(2, array, at + groups * GROUP * stride, stride);
      loops.one().run(one, 0, rest, 0, cols);
    }
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

  // ---- rows ---

  private void longRows(int from, int end) {
    // the chains of float32 follow each other and those of others are trees, but the order of
    // maxima and minima does not matter
    boolean inSequence = loops.single() && loops.combine() != Expr.Operator.MUL;
    for (int item = from; item < end; item++) {
      int o = item / pieces;
      int k = begin(item);
      int length = length(item);
      if (!(x instanceof ReduceMap map)) {
        longRow(x, at(o, k, 0), length, toAt + item);
      } else if (inSequence && map.combinesRows()) {
        float[] chains = FloatRows.chains();
        Arrays.fill(chains, 0, LANES, (float) loops.neutral());
        map.combineRow(o, k, length, chains);
        foldChains(chains, toAt + item);
      } else {
        longRow(map.row(o, k, length), 0, length, toAt + item);
      }
    }
  }

  private void foldChains(float[] chains, int result) {
    if (loops.combine() == Expr.Operator.ADD) {
      ((float[]) to)[result] = FloatRows.best().fold(chains, 0, LANES);
    } else {
      ShortRows.reduce(loops.combine(), loops.neutral(), chains, 0, LANES, to, result);
    }
  }

  private void longRow(Object row, int at, int length, int result) {
    Expr.Operator combine = loops.combine();
    if (row instanceof float[] f && combine == Expr.Operator.ADD) {
      FloatRows rows = FloatRows.best();
      float[] chains = FloatRows.chains();
      FloatRows.clear(chains, 0);
      rows.addSum(f, at, length, chains);
      ((float[]) to)[result] = rows.fold(chains, 0, LANES);
    } else if (row instanceof float[] f && combine == Expr.Operator.MAX) {
      ((float[]) to)[result] = FloatRows.best().max(f, at, length);
    } else {
      ElementTask eight = task(GROUP);
      ElementTask one = task(1);
      Object lanes = ReduceScratch.lanes(loops.single(), LANES);
      clear(lanes, 0, LANES);
      int rows = length / LANES;
      combine(eight, one, row, at, rows, LANES, lanes, 0, LANES);
      combine(eight, one, row, at + rows * LANES, 1, LANES, lanes, 0, length - rows * LANES);
      fold(one, lanes, LANES, 1);
      System.arraycopy(lanes, 0, to, result, 1);
    }
  }

  private void shortRows(int from, int end) {
    int height = x instanceof ReduceMap ? ReduceMap.SIZE / n : end - from;
    for (int item = from; item < end; item += height) {
      int rows = Math.min(height, end - item);
      Object array = x instanceof ReduceMap map ? map.rows(item, rows) : x;
      int at = at(item, 0, 0);
      for (int r = 0; r < rows; r++) {
        ShortRows.reduce(
            loops.combine(), loops.neutral(), array, at + r * n, n, to, toAt + item + r);
      }
    }
  }
}
