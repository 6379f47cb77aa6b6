package org.adjoint.cuda;

import java.util.Locale;

/**
 * How a kernel is spread: blocks in a grid, threads in a block.
 *
 * @param gridX blocks along x
 * @param gridY blocks along y
 * @param gridZ blocks along z
 * @param blockX threads of a block along x
 * @param blockY threads of a block along y
 * @param blockZ threads of a block along z
 * @param shared bytes of dynamic shared memory a block
 */
record Geometry(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int shared) {
  private static final int WARP = 32;
  private static final int WARPS = 8;
  private static final int THREADS = WARP * WARPS;

  /** Returns a row of blocks. */
  static Geometry of(int blocks, int threads) {
    return new Geometry(blocks, 1, 1, threads, 1, 1, 0);
  }

  /** Returns a grid of blocks. */
  static Geometry of(int gridX, int gridY, int gridZ, int threads) {
    return new Geometry(gridX, gridY, gridZ, threads, 1, 1, 0);
  }

  /** Returns blocks of eight warps, a warp for each of so many rows. */
  static Geometry warps(int rows, int most) {
    int blocks = Math.clamp((rows + WARPS - 1) / WARPS, 1, most);
    return new Geometry(blocks, 1, 1, WARP, WARPS, 1, 0);
  }

  /** Returns as many blocks as give each of n elements a thread, but no more than {@code most}. */
  static Geometry covering(long n, int threads, int most) {
    return of(Math.clamp((n + threads - 1) / threads, 1, most), threads);
  }

  /**
   * Returns threads along the columns of a matrix where rows are long; else several rows a block.
   */
  static Geometry matrix(int rows, int cols, int most) {
    int width = Math.min(THREADS, 2 * Integer.highestOneBit(Math.max(1, cols - 1)));
    int height = THREADS / width;
    int gridX = Math.min(most, (cols + width - 1) / width);
    int gridY = Math.clamp((rows + height - 1) / height, 1, Math.max(1, most / gridX));
    return new Geometry(gridX, gridY, 1, width, height, 1, 0);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "grid (%d, %d, %d) x block (%d, %d, %d), %d bytes of shared memory",
        gridX,
        gridY,
        gridZ,
        blockX,
        blockY,
        blockZ,
        shared);
  }
}
