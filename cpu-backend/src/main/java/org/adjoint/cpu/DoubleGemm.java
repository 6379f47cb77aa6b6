package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The matrix product on plain arrays,
 *
 * <pre>{@code
 * c[i, j] = (bias[j] | c[i, j] | 0) + Σ_k a[i, k] · b[k, j]
 * }</pre>
 *
 * with any layout of a and b and dense rows of c.
 *
 * <p>Each element is one chain of fused multiply-adds in the order of k, begun with what stands in
 * the parentheses; blocks of k hand the chain on through c. So the bits depend neither on the width
 * of vectors, nor on the tiles, nor on the number of threads. One case differs: a row (or column)
 * vector times a matrix whose k runs in memory is a dot product in 64 chains, {@link
 * DoubleTile#dots}, with c or the bias added last.
 *
 * <p>The scheme is that of Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication" (2008), with the panel of A instead of that of B in the first-level cache: B is
 * packed in blocks of {@link DoubleScratch#KC} × {@value #NC}; for each panel of a few rows of A,
 * packed just before use, the tiles walk through the block of B.
 */
final class DoubleGemm extends Region {
  /** Columns of a block of B: 384 × 256 doubles are 768 KiB, most of a second-level cache. */
  static final int NC = 256;

  /** Below so many elements a block of B in place stays in the first-level cache. */
  private static final int SMALL_B = 3_000;

  private static final double[] NONE = {};
  private static final ThreadLocal<DoubleGemm> CURRENT = ThreadLocal.withInitial(DoubleGemm::new);

  private int m;
  private int n;
  private int k;
  private double[] a = NONE;
  private int aAt;
  private int aRow;
  private int aCol;
  private double[] b = NONE;
  private int bAt;
  private int bRow;
  private int bCol;
  private double @Nullable [] bias;
  private int biasAt;
  private double[] c = NONE;
  private int cAt;
  private int cRow;
  private int cCol;
  private boolean accumulate;
  private int batch;
  private int aNext;
  private int bNext;
  private int cNext;
  private int gridRows;
  private boolean swapped;

  private DoubleGemm() {}

  /** Returns the product object of this thread, to be set and run. */
  static DoubleGemm current() {
    return CURRENT.get();
  }

  /** Sets op(a): element (i, k) is at {@code at + i · row + k · col}. */
  DoubleGemm a(double[] array, int at, int row, int col) {
    a = array;
    aAt = at;
    aRow = row;
    aCol = col;
    return this;
  }

  /** Sets op(b): element (k, j) is at {@code at + k · row + j · col}. */
  DoubleGemm b(double[] array, int at, int row, int col) {
    b = array;
    bAt = at;
    bRow = row;
    bCol = col;
    return this;
  }

  /** Sets c: element (i, j) is at {@code at + i · row + j}. */
  DoubleGemm c(double[] array, int at, int row) {
    c = array;
    cAt = at;
    cRow = row;
    cCol = 1;
    return this;
  }

  /** Sets the bias, n elements, or none. */
  DoubleGemm bias(double @Nullable [] array, int at) {
    bias = array;
    biasAt = at;
    return this;
  }

  /** Runs one product; with {@code add} it is added to c. A bias excludes adding. */
  void run(int rows, int cols, int depth, boolean add) {
    run(1, 0, 0, 0, rows, cols, depth, add);
  }

  /**
   * Runs a batch of products.
   *
   * @param count number of products
   * @param nextA distance from one a to the next, 0 to use the same
   */
  void run(int count, int nextA, int nextB, int nextC, int rows, int cols, int depth, boolean add) {
    batch = count;
    aNext = nextA;
    bNext = nextB;
    cNext = nextC;
    m = rows;
    n = cols;
    k = depth;
    accumulate = add;
    try {
      if (count > 0 && rows > 0 && cols > 0) {
        swapped = false;
        if (better(cols, rows, rows, cols)) {
          swap();
        }
        Parallel.run(this, split());
      }
    } finally {
      a = NONE;
      b = NONE;
      c = NONE;
      bias = null;
    }
  }

  /** Whether tiles of (rows, cols) waste a fifth less than those of (otherRows, otherCols). */
  private static boolean better(int rows, int cols, int otherRows, int otherCols) {
    if (otherRows == 1) {
      return false;
    }
    return rows == 1 || 5 * padded(rows, cols) < 4 * padded(otherRows, otherCols);
  }

  private static long padded(int rows, int cols) {
    return (rows + 3L) / 4 * 4 * ((cols + 15) / 16 * 16);
  }

  /** Computes the transposed product instead: cᵀ = bᵀ · aᵀ. Products commute, so bits stay. */
  private void swap() {
    swapped = true;
    double[] array = a;
    int at = aAt;
    int row = aRow;
    int col = aCol;
    int next = aNext;
    a(b, bAt, bCol, bRow);
    aNext = bNext;
    b(array, at, col, row);
    bNext = next;
    int rows = m;
    m = n;
    n = rows;
    int step = cRow;
    cRow = cCol;
    cCol = step;
  }

  /** Chooses the number of parts, and how they tile c: gridRows × (parts / gridRows). */
  private int split() {
    long work = (long) m * n * Math.max(1, k);
    gridRows = 1;
    int parts = Parallel.partsFor(work * batch);
    if (parts == 1 || batch >= parts) {
      return parts;
    }
    parts = Parallel.partsFor(work);
    int rowUnits = (m + 7) / 8;
    int colUnits = (n + 15) / 16;
    while (parts > 1) {
      double least = Double.MAX_VALUE;
      for (int rows = 1; rows <= parts; rows++) {
        int cols = parts / rows;
        if (rows * cols == parts && rows <= rowUnits && cols <= colUnits) {
          double cost = cost((rowUnits + rows - 1) / rows * 8, (colUnits + cols - 1) / cols * 16);
          if (cost < least) {
            least = cost;
            gridRows = rows;
          }
        }
      }
      if (least < Double.MAX_VALUE) {
        return parts;
      }
      parts--;
    }
    return 1;
  }

  /** Cycles for each k of a part: the products, and packing both operands. */
  private double cost(int rows, int cols) {
    return rows * cols / 16.0 + 1.2 * rows + (bCol == 1 ? 0.25 : 1.2) * cols;
  }

  @Override
  public void run(int part, int parts) {
    DoubleScratch scratch = DoubleScratch.current();
    if (batch >= parts && batch > 1) {
      int end = first(batch, part + 1, parts);
      for (int i = first(batch, part, parts); i < end; i++) {
        block(scratch, i, 0, m, 0, n);
      }
      return;
    }
    int r = part % gridRows;
    int q = part / gridRows;
    int gridCols = parts / gridRows;
    int rowFrom = first(m, 8, r, gridRows);
    int rowTo = first(m, 8, r + 1, gridRows);
    int colFrom = first(n, 16, q, gridCols);
    int colTo = first(n, 16, q + 1, gridCols);
    for (int i = 0; i < batch; i++) {
      block(scratch, i, rowFrom, rowTo, colFrom, colTo);
    }
  }

  /** Computes a rectangle of one product of the batch. */
  private void block(DoubleScratch s, int index, int rowFrom, int rowTo, int colFrom, int colTo) {
    int rows = rowTo - rowFrom;
    int cols = colTo - colFrom;
    if (rows == 0 || cols == 0) {
      return;
    }
    int aOff = aAt + index * aNext + rowFrom * aRow;
    int bOff = bAt + index * bNext + colFrom * bCol;
    int cOff = cAt + index * cNext + rowFrom * cRow + colFrom * cCol;
    if (m == 1 && (bCol == 1 || bRow == 1)) {
      vector(s, cols, aOff, bOff, cOff, colFrom);
      return;
    }
    int depthBlocks = Math.max(1, (k + DoubleScratch.KC - 1) / DoubleScratch.KC);
    int colBlocks = (cols + NC - 1) / NC;
    for (int jb = 0; jb < colBlocks; jb++) {
      int j = first(cols, 16, jb, colBlocks);
      int width = first(cols, 16, jb + 1, colBlocks) - j;
      for (int kb = 0; kb < depthBlocks; kb++) {
        int p = first(k, kb, depthBlocks);
        int kc = first(k, kb + 1, depthBlocks) - p;
        DoublePanels panels = s.panels;
        panels.set(c, cOff + j * cCol, cRow, cCol, width);
        if (kb > 0 || accumulate) {
          panels.continueC();
        } else if (bias != null) {
          panels.startBias(bias, biasAt + (swapped ? rowFrom : colFrom + j), !swapped);
        } else {
          panels.startZero();
        }
        int from = bOff + p * bRow + j * bCol;
        if (bCol == 1 && width % s.tile.lanes == 0 && (rows <= 16 || inPlace(kc, width))) {
          panels.place(b, from, bRow, kc);
        } else {
          panels.pack(b, from, bRow, bCol, kc);
        }
        panels.multiply(a, aOff + p * aCol, aRow, aCol, rows);
      }
    }
  }

  private boolean inPlace(int kc, int width) {
    return kc * width <= SMALL_B && bRow < 2 * width;
  }

  /** One row of c. */
  private void vector(DoubleScratch s, int cols, int aOff, int bOff, int cOff, int colFrom) {
    if (bCol == 1 && cCol == 1) {
      start(cols, cOff, colFrom);
      s.tile.row(cols, k, a, aOff, aCol, b, bOff, bRow, c, cOff);
    } else if (bCol == 1) {
      double[] line = s.bias(cols);
      for (int j = 0; j < cols; j++) {
        line[j] = begin(cOff + j * cCol, colFrom + j);
      }
      s.tile.row(cols, k, a, aOff, aCol, b, bOff, bRow, line, 0);
      for (int j = 0; j < cols; j++) {
        c[cOff + j * cCol] = line[j];
      }
    } else {
      double[] x = a;
      int at = aOff;
      if (aCol != 1) {
        x = s.bias(k);
        at = 0;
        for (int i = 0; i < k; i++) {
          x[i] = a[aOff + i * aCol];
        }
      }
      for (int j = 0; j < cols; j++) {
        c[cOff + j * cCol] = begin(cOff + j * cCol, colFrom + j);
      }
      s.tile.dots(k, cols, x, at, b, bOff, bCol, s.chains, c, cOff, cCol);
    }
  }

  /** What the chain of a single-row product begins with; a swapped product has one bias. */
  private double begin(int at, int column) {
    if (accumulate) {
      return c[at];
    }
    return bias == null ? 0.0 : bias[biasAt + (swapped ? 0 : column)];
  }

  private void start(int cols, int cOff, int colFrom) {
    if (accumulate) {
      return;
    }
    if (bias == null || swapped) {
      Arrays.fill(c, cOff, cOff + cols, begin(cOff, 0));
    } else {
      System.arraycopy(bias, biasAt + colFrom, c, cOff, cols);
    }
  }
}
