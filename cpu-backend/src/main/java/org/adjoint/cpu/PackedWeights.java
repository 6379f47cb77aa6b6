package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A matrix B, packed once for many products with a few rows each: what a recurrent network
 * multiplies its state with at every step. Each element of a product is one chain of fused
 * multiply-adds over the whole depth. Packed by one thread or by all, then read by all.
 */
final class PackedWeights extends Region {
  private static final float[] NONE = {};

  private float[] from = NONE;
  private int at;
  private int row;
  private int col;
  private int depth;
  private int cols;
  private FloatTile tile = FloatScratch.current().tile;
  private FloatTile small = tile;
  private int lanes = tile.lanes;
  private float[] packed = NONE;
  private int[] starts = {};
  private float[] begin = NONE;

  PackedWeights() {}

  /**
   * Packs B, whose element (k, j) is {@code from[at + k · row + j · col]}.
   *
   * @param scratch has the tiles for the amount of work
   * @param bias what the chains of a column begin with; null means 0
   */
  void set(
      FloatScratch scratch,
      float[] array,
      int offset,
      int rowStep,
      int colStep,
      int rows,
      int columns,
      float @Nullable [] bias,
      int biasAt) {
    from = array;
    at = offset;
    row = rowStep;
    col = colStep;
    depth = rows;
    cols = columns;
    tile = scratch.tile;
    small = scratch.small;
    lanes = tile.lanes;
    packed = room(packed, pitch() * depth);
    begin = room(begin, pitch());
    Arrays.fill(begin, 0, pitch(), 0f);
    if (bias != null) {
      System.arraycopy(bias, biasAt, begin, 0, cols);
    }
    if (starts.length < depth) {
      starts = new int[depth];
    }
    for (int k = 0; k < depth; k++) {
      starts[k] = k * lanes;
    }
    int panels = (cols + lanes - 1) / lanes;
    Parallel.run(this, Math.min(panels, Parallel.partsFor((long) depth * cols / 2)));
    from = NONE;
  }

  private static float[] room(float[] array, int size) {
    return array.length < size ? new float[size + (size >> 2)] : array;
  }

  @Override
  public void run(int part, int parts) {
    int end = first(cols, lanes, part + 1, parts);
    for (int j = first(cols, lanes, part, parts); j < end; j += lanes) {
      tile.pack(
          from, at + j * col, col, row, Math.min(lanes, cols - j), depth, packed, j * depth, lanes);
    }
  }

  /** Columns of a product with what pads them. */
  int pitch() {
    return (cols + lanes - 1) / lanes * lanes;
  }

  /** Rows of a product with what pads them. */
  int padded(int rows) {
    return (rows + tile.rows - 1) / tile.rows * tile.rows;
  }

  /** Rows that belong together. */
  int block() {
    return tile.rows;
  }

  /** What the chains begin with, for all rows the same. */
  float[] begin() {
    return begin;
  }

  private FloatTile tileFor(int rows) {
    return rows > small.rows ? tile : small;
  }

  /** Packs rows of A, {@code step} apart, into {@code padded(rows) · depth} places. */
  void pack(float[] a, int aAt, int step, int rows, float[] panels) {
    for (int i = 0; i < rows; ) {
      FloatTile t = tileFor(rows - i);
      int valid = Math.min(t.rows, rows - i);
      tile.pack(a, aAt + i * step, step, 1, valid, depth, panels, i * depth, t.rows);
      i += t.rows;
    }
  }

  /**
   * out = init + A · B, with rows of {@link #pitch} elements. Each tile's columns of B meet all
   * rows while they are in the first caches.
   *
   * @param init what the chains begin with: rows {@code initRow} apart
   */
  void multiply(float[] panels, int rows, float[] init, int initRow, float[] out) {
    int pitch = pitch();
    int left = pitch / lanes;
    for (int j = 0; left > 0; ) {
      int vectors = left == 4 ? 2 : Math.min(left, FloatTile.MAX_VECTORS);
      for (int i = 0; i < rows; ) {
        FloatTile t = tileFor(rows - i);
        t.run(
            vectors,
            depth,
            panels,
            i * depth,
            packed,
            j * depth,
            depth * lanes,
            starts,
            init,
            i * initRow + j,
            initRow,
            out,
            i * pitch + j,
            pitch);
        i += t.rows;
      }
      j += vectors * lanes;
      left -= vectors;
    }
  }
}
