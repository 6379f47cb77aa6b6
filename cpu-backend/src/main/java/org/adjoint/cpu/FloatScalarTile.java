package org.adjoint.cpu;

import java.util.Arrays;

/** The tile in plain Java, for JVMs without the Vector API: the same chains, the same bits. */
final class FloatScalarTile extends FloatTile {
  private static final int CHAINS = 64;

  private static final int ROWS = 4;
  private static final int LANES = 16;

  FloatScalarTile() {
    super(ROWS, LANES);
  }

  @Override
  void run(
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
      int cRow) {
    for (int r = 0; r < ROWS; r++) {
      for (int v = 0; v < vectors; v++) {
        int out = cAt + r * cRow + v * LANES;
        System.arraycopy(init, initAt + r * initRow + v * LANES, c, out, LANES);
        for (int k = 0; k < kc; k++) {
          axpy(LANES, a[aAt + k * ROWS + r], b, bAt + v * bStep + rows[k], c, out);
        }
      }
    }
  }

  @Override
  void pack(
      float[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      float[] to,
      int toAt,
      int width) {
    FloatPack.panel(from, at, across, along, valid, count, to, toAt, width);
  }

  @Override
  void rows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep) {
    FloatPack.rows(from, at, step, count, width, to, toAt, toStep);
  }

  @Override
  void addRows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep) {
    FloatPack.addRows(from, at, step, count, width, to, toAt, toStep);
  }

  @Override
  void row(
      int width,
      int kc,
      float[] a,
      int aAt,
      int aStep,
      float[] b,
      int bAt,
      int bStep,
      float[] c,
      int cAt) {
    for (int k = 0; k < kc; k++) {
      axpy(width, a[aAt + k * aStep], b, bAt + k * bStep, c, cAt);
    }
  }

  /** c += x · b; C2 turns this loop into vector code where it can. */
  private static void axpy(int width, float x, float[] b, int bAt, float[] c, int cAt) {
    for (int j = 0; j < width; j++) {
      c[cAt + j] = Math.fma(x, b[bAt + j], c[cAt + j]);
    }
  }

  @Override
  void dots(
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
      int cStep) {
    for (int j = 0; j < columns; j++) {
      Arrays.fill(chains, 0, CHAINS, 0f);
      int row = bAt + j * bStep;
      for (int i = 0; i < count; i++) {
        int k = i % CHAINS;
        chains[k] = Math.fma(a[aAt + i], b[row + i], chains[k]);
      }
      c[cAt + j * cStep] += fold(chains);
    }
  }
}
