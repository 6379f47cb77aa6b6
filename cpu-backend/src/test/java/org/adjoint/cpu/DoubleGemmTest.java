package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The product against its definition, one chain of fused multiply-adds an element, bit for bit. */
class DoubleGemmTest {
  private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 49, 64, 65};

  private enum Start {
    ZERO,
    BIAS,
    C
  }

  private final int threads = Parallel.threads();

  @AfterEach
  void restore() {
    Parallel.setThreads(threads);
  }

  static double[] random(int size, int seed) {
    Random r = new Random(seed);
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = r.nextGaussian();
    }
    return values;
  }

  @Test
  void smallShapes() {
    for (int m : SIZES) {
      for (int n : SIZES) {
        for (int k : new int[] {0, 1, 3, 40}) {
          allForms(m, n, k, Parallel.threads());
        }
      }
    }
  }

  @Test
  void shapesOfSeveralBlocks() {
    int[] threads = {1, 2, 3};
    allForms(130, 1040, 400, threads);
    allForms(401, 33, 800, threads);
    allForms(1, 530, 1000, threads);
    allForms(530, 1, 1000, threads);
    allForms(20, 1100, 385, threads);
  }

  private static void allForms(int m, int n, int k, int... threads) {
    for (int flags = 0; flags < 4; flags++) {
      for (Start start : Start.values()) {
        check(m, n, k, (flags & 1) != 0, (flags & 2) != 0, start, threads);
      }
    }
  }

  private static void check(
      int m, int n, int k, boolean ta, boolean tb, Start start, int... threads) {
    double[] a = random(m * k + 3, 1);
    double[] b = random(k * n + 5, 2);
    double[] bias = random(n + 2, 3);
    double[] c = random(m * n + 7, 4);
    int aRow = ta ? 1 : k;
    int aCol = ta ? m : 1;
    int bRow = tb ? 1 : n;
    int bCol = tb ? k : 1;
    boolean dot = (m == 1 && bRow == 1 && bCol != 1) || (n == 1 && m > 1 && aCol == 1 && aRow != 1);
    double[] expected = c.clone();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double begin =
            switch (start) {
              case ZERO -> 0;
              case BIAS -> bias[2 + j];
              case C -> c[7 + i * n + j];
            };
        int at = 3 + i * aRow;
        int from = 5 + j * bCol;
        if (dot) {
          double[] chains = new double[64];
          for (int p = 0; p < k; p++) {
            chains[p % 64] = Math.fma(a[at + p * aCol], b[from + p * bRow], chains[p % 64]);
          }
          expected[7 + i * n + j] = begin + DoubleTile.fold(chains);
        } else {
          double chain = begin;
          for (int p = 0; p < k; p++) {
            chain = Math.fma(a[at + p * aCol], b[from + p * bRow], chain);
          }
          expected[7 + i * n + j] = chain;
        }
      }
    }
    for (int count : threads) {
      Parallel.setThreads(count);
      double[] actual = c.clone();
      if (start != Start.C) {
        Arrays.fill(actual, 7, c.length, Double.NaN);
      }
      DoubleGemm.current()
          .a(a, 3, aRow, aCol)
          .b(b, 5, bRow, bCol)
          .bias(start == Start.BIAS ? bias : null, 2)
          .c(actual, 7, n)
          .run(m, n, k, start == Start.C);
      assertArrayEquals(
          expected, actual, m + "x" + n + "x" + k + " " + ta + " " + tb + " " + start);
    }
  }

  @Test
  void everyTileComputesTheSameChains() {
    DoubleTile[] tiles = {new DoubleTile8(), new DoubleTile4(), new DoubleScalarTile()};
    for (DoubleTile tile : tiles) {
      int kc = 37;
      double[] a = random(kc * tile.rows, 1);
      double[] b = random(3 * kc * tile.lanes, 2);
      double[] init = random(tile.rows * 3 * tile.lanes, 3);
      int[] rows = new int[kc];
      Arrays.setAll(rows, k -> k * tile.lanes);
      for (int vectors = 1; vectors <= DoubleTile.MAX_VECTORS; vectors++) {
        int width = vectors * tile.lanes;
        double[] c = new double[tile.rows * width];
        tile.run(
            vectors, kc, a, 0, b, 0, kc * tile.lanes, rows, init, 0, 3 * tile.lanes, c, 0, width);
        for (int r = 0; r < tile.rows; r++) {
          for (int j = 0; j < width; j++) {
            double sum = init[r * 3 * tile.lanes + j];
            int panel = j / tile.lanes * kc * tile.lanes + j % tile.lanes;
            for (int k = 0; k < kc; k++) {
              sum = Math.fma(a[k * tile.rows + r], b[panel + k * tile.lanes], sum);
            }
            assertArrayEquals(new double[] {sum}, new double[] {c[r * width + j]});
          }
        }
      }
    }
  }

  @Test
  void packingWithAndWithoutVectorsIsTheSame() {
    double[] from = random(4000, 1);
    for (int width : new int[] {4, 8}) {
      for (int[] steps : new int[][] {{1, 50}, {41, 1}, {23, 3}}) {
        for (int valid : new int[] {1, width - 1, width}) {
          double[] plain = new double[width * 42];
          double[] fast = new double[width * 42];
          DoublePack.panel(from, 7, steps[0], steps[1], valid, 37, plain, 16, width);
          DoubleVectorPack.panel(from, 7, steps[0], steps[1], valid, 37, fast, 16, width);
          assertArrayEquals(plain, fast, width + " of " + Arrays.toString(steps));
        }
      }
    }
  }

  @Test
  void rowsWithAndWithoutVectorsAreTheSame() {
    double[] from = random(500, 1);
    for (int width : new int[] {1, 10, 16, 28, 33}) {
      int count = 480 / (width + 3);
      double[] plain = random(count * width + 64, 2);
      double[] fast = plain.clone();
      DoublePack.rows(from, 3, width + 3, count, width, plain, 5, width);
      DoubleVectorPack.rows(from, 3, width + 3, count, width, fast, 5, width);
      int used = 5 + count * width;
      assertArrayEquals(Arrays.copyOf(plain, used), Arrays.copyOf(fast, used));
      DoublePack.addRows(from, 3, width + 3, count, width, plain, 5, width);
      DoubleVectorPack.addRows(from, 3, width + 3, count, width, fast, 5, width);
      assertArrayEquals(Arrays.copyOf(plain, used), Arrays.copyOf(fast, used));
    }
  }

  @Test
  void rowAndDotWithAndWithoutVectorsAreTheSame() {
    DoubleTile plain = new DoubleScalarTile();
    DoubleTile fast = new DoubleTile4();
    for (int n : new int[] {1, 15, 63, 64, 100, 200}) {
      double[] a = random(n + 2, 1);
      double[] b = random(n * 11 + 3, 2);
      double[] c = random(n, 3);
      double[] d = c.clone();
      plain.row(n, 11, a, 1, 0, b, 3, n, c, 0);
      fast.row(n, 11, a, 1, 0, b, 3, n, d, 0);
      assertArrayEquals(c, d);
      for (int columns : new int[] {1, 2, 5}) {
        c = random(3 * columns, 4);
        d = c.clone();
        plain.dots(n, columns, a, 2, b, 3, n + 1, new double[64], c, 1, 3);
        fast.dots(n, columns, a, 2, b, 3, n + 1, new double[64], d, 1, 3);
        assertArrayEquals(c, d);
      }
    }
  }
}
