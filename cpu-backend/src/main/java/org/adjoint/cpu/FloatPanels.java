package org.adjoint.cpu;

import java.util.Arrays;

/**
 * A block of B that stands ready, and the walk of the tiles over it: for each panel of rows of A,
 * packed just before use, all tiles of the block. Belongs to a thread's {@link FloatScratch}.
 */
final class FloatPanels {
  private final FloatScratch scratch;
  private final int lanes;

  private float[] c = {};
  private int cAt;
  private int cRow;
  private int cCol;
  private int width;

  private float[] b = {};
  private int bAt;
  private int bStep;
  private int[] table = {};
  private int kc;

  private float[] start = {};
  private int startAt;
  private boolean fromC;
  private boolean biasByRow;

  FloatPanels(FloatScratch scratch, int lanes) {
    this.scratch = scratch;
    this.lanes = lanes;
  }

  /** Sets where the columns of this block go in c. */
  void set(float[] array, int at, int row, int col, int columns) {
    c = array;
    cAt = at;
    cRow = row;
    cCol = col;
    width = columns;
  }

  /** The chains go on from what c holds. */
  void continueC() {
    fromC = true;
    biasByRow = false;
  }

  /** The chains begin with 0. */
  void startZero() {
    fromC = false;
    biasByRow = false;
    int room = padded();
    start = scratch.bias(room);
    startAt = 0;
    Arrays.fill(start, 0, room, 0f);
  }

  /** The chains begin with a bias, one a column or one a row of the block. */
  void startBias(float[] bias, int at, boolean byColumn) {
    fromC = false;
    biasByRow = !byColumn;
    start = bias;
    startAt = at;
    if (byColumn) {
      int room = padded();
      start = scratch.bias(room);
      startAt = 0;
      System.arraycopy(bias, at, start, 0, width);
      Arrays.fill(start, width, room, 0f);
    }
  }

  private int padded() {
    return (width + lanes - 1) / lanes * lanes;
  }

  /** Uses B where it is; the width is a multiple of the vector and columns are neighbours. */
  void place(float[] from, int at, int row, int depth) {
    b = from;
    bAt = at;
    bStep = lanes;
    kc = depth;
    table = scratch.rows(depth);
    for (int k = 0; k < depth; k++) {
      table[k] = k * row;
    }
  }

  /**
   * Uses rows of B that start at {@code at + starts[first + k]}; a tile may read beyond the width.
   */
  void rows(float[] from, int at, int[] starts, int first, int depth) {
    b = from;
    bAt = at;
    bStep = lanes;
    kc = depth;
    table = starts;
    if (first > 0) {
      table = scratch.rows(depth);
      System.arraycopy(starts, first, table, 0, depth);
    }
  }

  /** Packs B into panels of one vector. */
  void pack(float[] from, int at, int row, int col, int depth) {
    b = scratch.b((width + lanes - 1) / lanes * depth * lanes);
    bAt = 0;
    bStep = depth * lanes;
    kc = depth;
    table = scratch.packedRows;
    for (int j = 0; j < width; j += lanes) {
      int to = j / lanes * bStep;
      int valid = Math.min(lanes, width - j);
      scratch.tile.pack(from, at + j * col, col, row, valid, depth, b, to, lanes);
    }
  }

  /** Multiplies {@code rows} rows of A with the block. */
  void multiply(float[] a, int aAt, int aRow, int aCol, int rows) {
    for (int i = 0; i < rows; ) {
      FloatTile tile = scratch.tileFor(rows - i);
      int valid = Math.min(tile.rows, rows - i);
      float[] panel = scratch.a(tile.rows * kc);
      scratch.tile.pack(a, aAt + i * aRow, aRow, aCol, valid, kc, panel, 0, tile.rows);
      strip(tile, panel, 0, i, valid);
      i += tile.rows;
    }
  }

  /** All tiles of the block for one packed panel of A, whose first row is row i of c. */
  void strip(FloatTile tile, float[] panel, int panelAt, int i, int valid) {
    int left = (width + lanes - 1) / lanes;
    boolean direct = cCol == 1 && valid == tile.rows;
    if (biasByRow) {
      for (int r = 0; r < valid; r++) {
        int row = r * FloatScratch.TILE_COLS;
        Arrays.fill(scratch.begin, row, row + FloatScratch.TILE_COLS, start[startAt + i + r]);
      }
    }
    for (int j = 0; left > 0; ) {
      int vectors = left == 4 ? 2 : Math.min(left, FloatTile.MAX_VECTORS);
      int to = cAt + i * cRow + j * cCol;
      int from = bAt + j / lanes * bStep;
      int cols = vectors * lanes;
      if (direct && j + cols <= width) {
        float[] init = fromC ? c : biasByRow ? scratch.begin : start;
        int initAt = fromC ? to : biasByRow ? 0 : startAt + j;
        int initRow = fromC ? cRow : biasByRow ? FloatScratch.TILE_COLS : 0;
        tile.run(
            vectors, kc, panel, panelAt, b, from, bStep, table, init, initAt, initRow, c, to, cRow);
      } else {
        edge(tile, vectors, panel, panelAt, i, valid, from, j, Math.min(cols, width - j));
      }
      j += cols;
      left -= vectors;
    }
  }

  /** A tile that does not lie in c as it is: the last rows or columns, or a transposed c. */
  private void edge(
      FloatTile tile,
      int vectors,
      float[] panel,
      int panelAt,
      int i,
      int valid,
      int from,
      int j,
      int cols) {
    float[] out = scratch.out;
    int pitch = vectors * lanes;
    int at = cAt + i * cRow + j * cCol;
    float[] init = out;
    int initAt = 0;
    int initRow = pitch;
    if (fromC) {
      load(at, valid, cols, pitch);
    } else if (biasByRow) {
      init = scratch.begin;
      initRow = FloatScratch.TILE_COLS;
    } else {
      init = start;
      initAt = startAt + j;
      initRow = 0;
    }
    tile.run(
        vectors, kc, panel, panelAt, b, from, bStep, table, init, initAt, initRow, out, 0, pitch);
    store(at, valid, cols, pitch);
  }

  private void load(int at, int valid, int cols, int pitch) {
    float[] out = scratch.out;
    for (int r = 0; r < valid; r++) {
      int from = at + r * cRow;
      for (int q = 0; q < cols; q++) {
        out[r * pitch + q] = c[from + q * cCol];
      }
    }
  }

  private void store(int at, int valid, int cols, int pitch) {
    float[] out = scratch.out;
    for (int r = 0; r < valid; r++) {
      int to = at + r * cRow;
      if (cCol == 1) {
        System.arraycopy(out, r * pitch, c, to, cols);
      } else {
        for (int q = 0; q < cols; q++) {
          c[to + q * cCol] = out[r * pitch + q];
        }
      }
    }
  }
}
