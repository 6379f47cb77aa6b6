package org.adjoint.cpu;

import java.util.Arrays;

/** The tile in plain Java, for JVMs without the Vector API: the same chains, the same bits. */
final class DoubleScalarTile extends DoubleTile {
  private static final int CHAINS = 64;

  private static final int ROWS = 4;
  private static final int LANES = 16;

  DoubleScalarTile() {
    super(ROWS, LANES);
  }

  @Override
  void run(
      int vectors,
      int kc,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      int[] rows,
      double[] init,
      int initAt,
      int initRow,
      double[] c,
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
      double[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      double[] to,
      int toAt,
      int width) {
    DoublePack.panel(from, at, across, along, valid, count, to, toAt, width);
  }

  @Override
  void rows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    DoublePack.rows(from, at, step, count, width, to, toAt, toStep);
  }

  @Override
  void addRows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    DoublePack.addRows(from, at, step, count, width, to, toAt, toStep);
  }

  @Override
  void row(
      int width,
      int kc,
      double[] a,
      int aAt,
      int aStep,
      double[] b,
      int bAt,
      int bStep,
      double[] c,
      int cAt) {
    for (int k = 0; k < kc; k++) {
      axpy(width, a[aAt + k * aStep], b, bAt + k * bStep, c, cAt);
    }
  }

  /** c += x · b; C2 turns this loop into vector code where it can. */
  private static void axpy(int width, double x, double[] b, int bAt, double[] c, int cAt) {
    for (int j = 0; j < width; j++) {
      c[cAt + j] = Math.fma(x, b[bAt + j], c[cAt + j]);
    }
  }

  @Override
  void dots(
      int count,
      int columns,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      double[] chains,
      double[] c,
      int cAt,
      int cStep) {
    for (int j = 0; j < columns; j++) {
      Arrays.fill(chains, 0, CHAINS, 0.0);
      int row = bAt + j * bStep;
      for (int i = 0; i < count; i++) {
        int k = i % CHAINS;
        chains[k] = Math.fma(a[aAt + i], b[row + i], chains[k]);
      }
      c[cAt + j * cStep] += fold(chains);
    }
  }
}
