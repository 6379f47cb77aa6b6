package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Filling and conversion between layouts of up to six axes, and what int32 tensors compute. */
class StridedPtxTest {
  private static final int AXES = 6;

  /** The extents, outermost first. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 33}, {1, 1, 1, 1, 7, 5},
    {1, 1, 1, 3, 2, 9}, {1, 1, 2, 1, 17, 3}, {1, 3, 2, 2, 5, 4}, {2, 3, 2, 3, 2, 3}
  };

  /** Values whose conversion differs from the next one's: ties, ends of the range, NaN. */
  private static final float[] NUMBERS = {
    0,
    -0f,
    0.99f,
    -0.99f,
    1.5f,
    -1.5f,
    2147483520f,
    2147483648f,
    -2147483648f,
    3e9f,
    -3e9f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    16777215f
  };

  private static final int[] INTEGERS = {
    0, 1, -1, 16777216, 16777217, 16777219, -16777217, Integer.MAX_VALUE, Integer.MIN_VALUE, 7
  };

  /** A view of some elements: strides of the axes, a hole after each row, a permutation. */
  private record View(int[] dims, int[] strides) {
    /**
     * Rows lie {@code gap} elements apart; with {@code turned}, the innermost axis is outermost.
     */
    static View of(int[] dims, int gap, boolean turned) {
      int[] strides = new int[AXES];
      int stride = 1;
      for (int k = 0; k < AXES; k++) {
        int axis = turned ? k : AXES - 1 - k;
        strides[axis] = stride;
        stride = stride * Math.max(1, dims[axis]) + (k == 0 ? gap : 0);
      }
      return new View(dims, strides);
    }

    int size() {
      return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }

    /** The words from the first element to the last. */
    int extent() {
      int last = 0;
      for (int k = 0; k < AXES; k++) {
        last += Math.max(0, dims[k] - 1) * strides[k];
      }
      return last + 1;
    }

    /** Where element i in row-major order lies. */
    int place(int i) {
      int at = 0;
      for (int k = AXES - 1; k >= 0; k--) {
        at += i % dims[k] * strides[k];
        i /= dims[k];
      }
      return at;
    }
  }

  /** Launches an entry on x and a y full of -7, and returns y. */
  private static int[] result(PtxRun run, String entry, View y, View x, int... words) {
    int[] before = new int[y.extent()];
    Arrays.fill(before, -7);
    List<Object> arguments = new ArrayList<>();
    long at = run.in(before);
    arguments.add(at);
    boolean fills = entry.startsWith("fill");
    if (!fills) {
      arguments.add(run.in(words));
    }
    arguments.add(y.size());
    for (int k = 1; k < AXES; k++) {
      arguments.add(y.dims[k]);
    }
    Arrays.stream(y.strides).forEach(arguments::add);
    if (fills) {
      arguments.add(words[0]);
    } else {
      Arrays.stream(x.strides).forEach(arguments::add);
    }
    run.launch("elementwise.ptx", entry, Dim3.of(2), Dim3.of(32), arguments.toArray());
    return run.ints(at, before.length);
  }

  private static void check(String entry, int[] values, IntUnaryOperator f) {
    try (PtxRun run = new PtxRun()) {
      for (int[] dims : SHAPES) {
        for (boolean turned : new boolean[] {false, true}) {
          View y = View.of(dims, 3, !turned);
          View x = View.of(dims, 1, turned);
          int[] words = new int[x.extent()];
          Arrays.setAll(words, i -> values[i % values.length]);
          int[] expected = new int[y.extent()];
          Arrays.fill(expected, -7);
          for (int i = 0; i < y.size(); i++) {
            expected[y.place(i)] = f.applyAsInt(words[x.place(i)]);
          }
          assertArrayEquals(expected, result(run, entry, y, x, words), entry);
          run.clear();
        }
      }
    }
  }

  @Test
  void fills() {
    check("fill_b32", new int[] {0x7FC12345}, word -> word);
  }

  @Test
  void copies() {
    check("copy_b32", new int[] {1, -2, 0x7F812345}, word -> word);
  }

  @Test
  void floatsAreCutAsJavaDoes() {
    int[] bits = new int[NUMBERS.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(NUMBERS[i]));
    check("convert_f32_i32", bits, word -> (int) Float.intBitsToFloat(word));
  }

  @Test
  void integersBecomeTheNextFloat() {
    check("convert_i32_f32", INTEGERS, word -> Float.floatToRawIntBits((float) word));
  }

  /** Both operands over all pairs of the integers: a by rows, b by columns. */
  private static void pairs(String entry, int mask, IntBinaryOperator f) {
    int n = INTEGERS.length;
    try (PtxRun run = new PtxRun()) {
      for (Dim3 block : new Dim3[] {Dim3.of(64), Dim3.of(16, 4)}) {
        long y = run.words(n * n);
        long a = run.in(INTEGERS);
        long b = run.in(INTEGERS);
        run.launch("elementwise.ptx", entry, Dim3.of(2, 3), block, y, a, b, n, n, 1, 0, 0, 1, mask);
        int[] actual = run.ints(y, n * n);
        for (int i = 0; i < actual.length; i++) {
          int left = INTEGERS[i / n];
          int right = INTEGERS[i % n];
          assertEquals(
              f.applyAsInt(left, right), actual[i], entry + mask + " " + left + ", " + right);
        }
        run.clear();
      }
    }
  }

  @Test
  void everyMaskOfComparison() {
    for (int mask = 0; mask < 8; mask++) {
      int bits = mask;
      pairs("compare_i32", mask, (a, b) -> bits >> (a < b ? 0 : a == b ? 1 : 2) & 1);
    }
  }

  @Test
  void everyMaskOfLogic() {
    for (int mask = 0; mask < 16; mask++) {
      int bits = mask;
      pairs("logical_i32", mask, (a, b) -> bits >> ((a != 0 ? 1 : 0) + (b != 0 ? 2 : 0)) & 1);
    }
  }

  @Test
  void averagesOfWeights() {
    float weight = 0.1f;
    try (PtxRun run = new PtxRun()) {
      for (int n : new int[] {0, 1, 31, 64, 65, 200}) {
        float[] p = PtxRun.mixed(1, n, -4, 4);
        float[] g = PtxRun.mixed(2, n, -4, 4);
        long at = run.in(p);
        Object[] arguments = new Object[17];
        Arrays.fill(arguments, 8, 16, 0f);
        Arrays.fill(arguments, 2, 5, 0L);
        arguments[0] = at;
        arguments[1] = run.in(g);
        arguments[5] = n;
        arguments[6] = 0;
        arguments[7] = 0f;
        arguments[8] = weight;
        arguments[16] = 0L;
        run.launch("updates.ptx", "average_f32", Dim3.of(2), Dim3.of(32), arguments);
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
          expected[i] = Math.fma(weight, g[i] - p[i], p[i]);
        }
        assertArrayEquals(expected, run.floats(at, n), "average of " + n);
        run.clear();
      }
    }
  }
}
