package org.adjoint.cpu;

/**
 * The working memory of one thread for matrix products and convolutions: grown when a larger
 * problem comes, kept for the next, so that steady work allocates nothing.
 */
final class DoubleScratch {
  /** Longest chain between two visits to C. */
  static final int KC = 384;

  /** Most vectors of a tile times the widest vector. */
  static final int TILE_COLS = DoubleTile.MAX_VECTORS * 16;

  /** Most rows of a tile. */
  static final int TILE_ROWS = 8;

  private static final ThreadLocal<DoubleScratch> CURRENT =
      ThreadLocal.withInitial(DoubleScratch::new);

  /** The tile for whole panels. */
  final DoubleTile tile;

  /** The tile for the last rows, with half as many or as many rows. */
  final DoubleTile small;

  /** A tile on its way to C. */
  final double[] out = new double[TILE_ROWS * TILE_COLS];

  /** The start of the chains of a tile, where each row has its own. */
  final double[] begin = new double[TILE_ROWS * TILE_COLS];

  /** The 64 chains of a dot product. */
  final double[] chains = new double[64];

  /** Where row k of a packed panel starts. */
  final int[] packedRows = new int[KC];

  /** The block of B at work. */
  final DoublePanels panels;

  private double[] a = new double[TILE_ROWS * KC];
  private double[] b = new double[0];
  private double[] bias = new double[0];
  private double[] filters = new double[0];
  private int[] rows = new int[KC];
  private int[] taps = new int[KC];

  private DoubleScratch() {
    if (VectorModule.isUsable()) {
      small = new DoubleTile4();
      tile = Simd.MANY_REGISTERS ? new DoubleTile8() : small;
    } else {
      small = new DoubleScalarTile();
      tile = small;
    }
    panels = new DoublePanels(this, tile.lanes);
    for (int k = 0; k < KC; k++) {
      packedRows[k] = k * tile.lanes;
    }
  }

  /** Returns the scratch of the calling thread. */
  static DoubleScratch current() {
    return CURRENT.get();
  }

  /** Returns room for packed panels of A. */
  double[] a(int size) {
    if (a.length < size) {
      a = new double[roomy(size)];
    }
    return a;
  }

  /** Returns room for packed panels of B. */
  double[] b(int size) {
    if (b.length < size) {
      b = new double[roomy(size)];
    }
    return b;
  }

  /** Returns room for a padded bias. */
  double[] bias(int size) {
    if (bias.length < size) {
      bias = new double[roomy(size)];
    }
    return bias;
  }

  /** Returns room for filters in another order. */
  double[] filters(int size) {
    if (filters.length < size) {
      filters = new double[roomy(size)];
    }
    return filters;
  }

  /** Returns the tile for the next of so many rows. */
  DoubleTile tileFor(int rows) {
    return rows > small.rows ? tile : small;
  }

  /** Returns room for a table of taps. */
  int[] taps(int size) {
    if (taps.length < size) {
      taps = new int[roomy(size)];
    }
    return taps;
  }

  /** Returns room for a table of rows. */
  int[] rows(int size) {
    if (rows.length < size) {
      rows = new int[roomy(size)];
    }
    return rows;
  }

  private static int roomy(int size) {
    return size + (size >> 2);
  }
}
