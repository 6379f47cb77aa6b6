package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The scalar and the vector form of every loop write the same bits, and only where they should. */
class RowsTest {
  private static final int[] LENGTHS = {
    1, 3, 7, 8, 13, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128, 129, 207, 1000, 2048
  };

  private final FloatRows scalarRows = new FloatRows();
  private final FloatRows vectorRows = new VectorRows();
  private final RowLoops scalarLoops = new RowLoops();
  private final RowLoops vectorLoops = new VectorLoops();
  private final Draws scalarDraws = new Draws();
  private final Draws vectorDraws = new VectorDraws();

  /** Arrays with a margin on both sides. */
  private static final class Data {
    static final int AT = 5;
    final float[][] a = new float[7][];
    final int n;

    Data(int n, boolean special) {
      this.n = n;
      SplittableRandom random = new SplittableRandom(n);
      for (int k = 0; k < a.length; k++) {
        a[k] = new float[n + 2 * AT];
        for (int i = 0; i < a[k].length; i++) {
          a[k][i] = (float) random.nextDouble(-3, 3);
        }
        if (special) {
          float[] numbers = {Float.NaN, Float.POSITIVE_INFINITY, -0f, Float.NEGATIVE_INFINITY, 0f};
          a[k][AT + random.nextInt(n)] = numbers[random.nextInt(numbers.length)];
        }
      }
    }
  }

  private static void same(String what, Consumer<Data> first, Consumer<Data> second) {
    for (int n : LENGTHS) {
      for (boolean special : new boolean[] {false, true}) {
        Data x = new Data(n, special);
        Data y = new Data(n, special);
        first.accept(x);
        second.accept(y);
        for (int k = 0; k < x.a.length; k++) {
          assertArrayEquals(x.a[k], y.a[k], what + " " + n + " array " + k);
        }
      }
    }
  }

  private interface OnRows {
    /** Runs on data whose chains are clear. */
    void run(FloatRows rows, Data d, float[] chains);
  }

  private void rows(String what, OnRows loop) {
    same(what, d -> run(scalarRows, d, loop), d -> run(vectorRows, d, loop));
  }

  private static void run(FloatRows rows, Data d, OnRows loop) {
    float[] chains = FloatRows.chains();
    FloatRows.clear(chains, 0);
    FloatRows.clear(chains, FloatRows.LANES);
    loop.run(rows, d, chains);
    d.a[6][0] = rows.fold(chains, 0, d.n);
    d.a[6][1] = rows.fold(chains, FloatRows.LANES, d.n);
  }

  @Test
  void sums() {
    int at = Data.AT;
    rows("sum", (r, d, c) -> r.addSum(d.a[0], at, d.n, c));
    rows("dot", (r, d, c) -> r.addDot(d.a[0], at, d.a[1], at - 2, d.n, c));
    rows("centred", (r, d, c) -> r.addCentred(d.a[0], at, d.n, 0.7f, c));
    rows("centred dot", (r, d, c) -> r.addCentredDot(d.a[0], at, d.a[1], at + 1, d.n, -0.3f, c));
    rows("max", (r, d, c) -> c[0] = r.max(d.a[0], at, d.n));
    rows(
        "below",
        (r, d, c) -> {
          float max = r.max(d.a[0], at, d.n);
          c[FloatRows.LANES] = r.addBelow(d.a[0], at, d.n, max, d.a[1], at - 1, c);
        });
  }

  @Test
  void sumsAreContinuedInTheirChains() {
    rows(
        "two pieces",
        (r, d, c) -> {
          r.addSum(d.a[0], 5, d.n, c);
          r.addSum(d.a[1], 5, d.n, c);
        });
  }

  @Test
  void theFoldAddsHalves() {
    float[] chains = new float[FloatRows.LANES];
    double sum = 0;
    for (int i = 0; i < chains.length; i++) {
      chains[i] = i + 1;
      sum += i + 1;
    }
    assertEquals(sum, scalarRows.fold(chains.clone(), 0, 64));
    assertEquals(sum, vectorRows.fold(chains.clone(), 0, 1000));
    float[] few = new float[FloatRows.LANES];
    few[0] = 1;
    few[1] = 2;
    few[2] = 4;
    assertEquals(7, scalarRows.fold(few.clone(), 0, 3));
    assertEquals(7, vectorRows.fold(few, 0, 3));
  }

  private interface OnLoops {
    /** Runs on data. */
    void run(RowLoops loops, Data d);
  }

  private void loops(String what, OnLoops loop) {
    same(what, d -> loop.run(scalarLoops, d), d -> loop.run(vectorLoops, d));
  }

  @Test
  void plainLoops() {
    int at = Data.AT;
    loops("scale", (l, d) -> l.scale(d.a[0], at, d.n, 1.7f));
    loops("shift", (l, d) -> l.shift(d.a[0], at, d.n, 1.7f, -0.3f, d.a[1], at - 1));
    loops(
        "softmax gradient",
        (l, d) -> l.softmaxGradient(d.a[0], at, d.a[1], at, d.n, 0.3f, d.a[2], at + 1));
    loops(
        "log softmax gradient",
        (l, d) -> l.logSoftmaxGradient(d.a[0], at, d.a[1], at + 1, d.n, 0.6f));
    loops("normalise", (l, d) -> l.normalise(d.a[0], at, d.n, 0.3f, 1.2f, -0.1f, d.a[1], at));
    loops(
        "norm gradient",
        (l, d) ->
            l.normGradient(d.a[0], at, d.a[1], at, d.n, 0.3f, 0.1f, 0.7f, 1.3f, d.a[2], at - 3));
  }

  @Test
  void columnLoops() {
    int at = Data.AT;
    loops("row", (l, d) -> l.addRow(d.a[0], at, d.n, d.a[1]));
    loops("centred row", (l, d) -> l.addCentredRow(d.a[0], at, d.n, d.a[1], d.a[2], d.a[3]));
    loops(
        "centred dot row",
        (l, d) -> l.addCentredDotRow(d.a[0], d.a[1], at, at + 1, d.n, d.a[2], d.a[3], d.a[4]));
    loops(
        "normalise row",
        (l, d) -> l.normaliseRow(d.a[0], at, d.n, d.a[1], d.a[2], d.a[3], d.a[4], at));
    loops(
        "norm gradient row",
        (l, d) ->
            l.normGradientRow(
                d.a[0], at, d.a[1], at, d.n, d.a[2], d.a[3], d.a[4], d.a[5], d.a[6], at));
  }

  @Test
  void draws() {
    long[] starts = {0, 1, (1L << 32) - 3, (1L << 62) - 5};
    for (long start : starts) {
      for (int blocks : new int[] {1, 2, 7, 8, 9, 64, Draws.CHUNK / 4}) {
        int[] x = new int[Draws.CHUNK];
        int[] y = new int[Draws.CHUNK];
        scalarDraws.words(0x123456789ABCDEFL, start, blocks, x);
        vectorDraws.words(0x123456789ABCDEFL, start, blocks, y);
        assertArrayEquals(x, y);
        if (start == 1) {
          numbers(x, 4 * blocks);
        }
      }
    }
  }

  private void numbers(int[] words, int n) {
    float[] x = new float[n + 3];
    float[] y = new float[n + 3];
    scalarDraws.uniform(words, 1, n - 1, -2, 3, x, 2);
    vectorDraws.uniform(words, 1, n - 1, -2, 3, y, 2);
    assertArrayEquals(x, y);
    scalarDraws.bernoulli(words, 1, n - 1, 1 << 22, x, 2);
    vectorDraws.bernoulli(words, 1, n - 1, 1 << 22, y, 2);
    assertArrayEquals(x, y);
    scalarDraws.normal(words, 0, n / 2, x, 2);
    vectorDraws.normal(words, 0, n / 2, y, 2);
    assertArrayEquals(x, y);
  }
}
