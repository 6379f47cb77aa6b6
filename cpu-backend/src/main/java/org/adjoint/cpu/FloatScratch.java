package org.adjoint.cpu;

/**
 * The working memory of one thread for matrix products and convolutions: grown when a larger
 * problem comes, kept for the next, so that steady work allocates nothing.
 */
final class FloatScratch {
  /** Longest chain between two visits to C. */
  static final int KC = 384;

  /** Most vectors of a tile times the widest vector. */
  static final int TILE_COLS = FloatTile.MAX_VECTORS * 16;

  /** Most rows of a tile. */
  static final int TILE_ROWS = 8;

  private static final ThreadLocal<FloatScratch> CURRENT =
      ThreadLocal.withInitial(() -> new FloatScratch(VectorModule.isUsable()));

  /** What {@link ColdStart} asks for: tiles of scalar code. */
  private static final ThreadLocal<FloatScratch> COLD =
      ThreadLocal.withInitial(() -> new FloatScratch(false));

  /** The tile for whole panels. */
  final FloatTile tile;

  /** The tile for the last rows, with half as many or as many rows. */
  final FloatTile small;

  /** A tile on its way to C. */
  final float[] out = new float[TILE_ROWS * TILE_COLS];

  /** The start of the chains of a tile, where each row has its own. */
  final float[] begin = new float[TILE_ROWS * TILE_COLS];

  /** The 64 chains of a dot product. */
  final float[] chains = new float[64];

  /** Where row k of a packed panel starts. */
  final int[] packedRows = new int[KC];

  /** The block of B at work. */
  final FloatPanels panels;

  private float[] a = new float[TILE_ROWS * KC];
  private float[] b = new float[0];
  private float[] bias = new float[0];
  private float[] filters = new float[0];
  private int[] rows = new int[KC];
  private int[] taps = new int[KC];

  private FloatScratch(boolean vectors) {
    if (vectors) {
      small = new FloatTile4();
      tile = Simd.MANY_REGISTERS ? new FloatTile8() : small;
    } else {
      small = new FloatScalarTile();
      tile = small;
    }
    panels = new FloatPanels(this, tile.lanes);
    for (int k = 0; k < KC; k++) {
      packedRows[k] = k * tile.lanes;
    }
  }

  /** Returns the scratch of the calling thread. */
  static FloatScratch current() {
    return CURRENT.get();
  }

  /** Returns the scratch of the calling thread for so many multiply-adds. */
  static FloatScratch current(long work) {
    return (ColdStart.isOver(work) ? CURRENT : COLD).get();
  }

  /** Returns room for packed panels of A. */
  float[] a(int size) {
    if (a.length < size) {
      a = new float[roomy(size)];
    }
    return a;
  }

  /** Returns room for packed panels of B. */
  float[] b(int size) {
    if (b.length < size) {
      b = new float[roomy(size)];
    }
    return b;
  }

  /** Returns room for a padded bias. */
  float[] bias(int size) {
    if (bias.length < size) {
      bias = new float[roomy(size)];
    }
    return bias;
  }

  /** Returns room for filters in another order. */
  float[] filters(int size) {
    if (filters.length < size) {
      filters = new float[roomy(size)];
    }
    return filters;
  }

  /** Returns the tile for the next of so many rows. */
  FloatTile tileFor(int rows) {
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
