package org.adjoint.cpu;

/**
 * The innermost step of a matrix product: a tile of {@link #rows} × (1 to {@link #MAX_VECTORS}
 * times {@link #lanes}) elements of C as an outer product over k,
 *
 * <pre>{@code
 * c[r, j] = fma chain over k, from init[r, j], of a[k, r] · b[k, j]
 * }</pre>
 *
 * <p>Every implementation computes the same chain, so all have the same bits: vectors run along j,
 * never along k, and a tile never looks at its neighbours. A is a packed panel, {@code rows} values
 * for each k. Row k of b starts at {@code bAt + rows[k]}: the table makes one kernel serve packed
 * panels, matrices in place and the shifted rows of an image under a filter.
 */
abstract class FloatTile {
  /** The widest tile, in vectors. */
  static final int MAX_VECTORS = 3;

  /** Rows of a tile. */
  final int rows;

  /** Elements in a vector. */
  final int lanes;

  FloatTile(int rows, int lanes) {
    this.rows = rows;
    this.lanes = lanes;
  }

  /**
   * Computes a tile.
   *
   * @param vectors width of the tile in vectors
   * @param kc length of the chains
   * @param a the packed panel of A, from {@code aAt}
   * @param b holds the rows of B; vector v of row k is at {@code bAt + v · bStep + rows[k]}
   * @param init holds the start of the chains; row r is at {@code initAt + r · initRow}
   * @param c receives the result; row r is at {@code cAt + r · cRow}
   */
  abstract void run(
      int vectors,
      int kc,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int bStep,
      int[] rows,
      float[] init,
      int initAt,
      int initRow,
      float[] c,
      int cAt,
      int cRow);

  /** Packs a panel as {@link FloatPack#panel} does. */
  abstract void pack(
      float[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      float[] to,
      int toAt,
      int width);

  /** Copies runs as {@link FloatPack#rows} does. */
  abstract void rows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep);

  /** Adds runs as {@link FloatPack#addRows} does. */
  abstract void addRows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep);

  /**
   * One row of a product: {@code c[cAt + j] = fma chain over the k in from..to} of {@code a[aAt + k
   * · aStep] · b[bAt + k · bStep + j]}, started from what c holds, for {@code width} columns.
   */
  abstract void row(
      int width,
      int kc,
      float[] a,
      int aAt,
      int aStep,
      float[] b,
      int bAt,
      int bStep,
      float[] c,
      int cAt);

  /**
   * Adds to each of so many elements of c the product of a with a row of b, summed in 64 chains
   * (element i belongs to chain i mod 64) that {@link #fold} adds up.
   *
   * @param count the elements of a and of each row
   * @param chains 64 elements of scratch
   */
  abstract void dots(
      int count,
      int columns,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int bStep,
      float[] chains,
      float[] c,
      int cAt,
      int cStep);

  /** Folds 64 chains in halves: 32 and 32, 16 and 16, … */
  static float fold(float[] chains) {
    for (int half = 32; half >= 1; half >>= 1) {
      for (int i = 0; i < half; i++) {
        chains[i] += chains[i + half];
      }
    }
    return chains[0];
  }
}
