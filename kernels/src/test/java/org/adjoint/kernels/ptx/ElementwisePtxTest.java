package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.UnaryOp;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every element-wise kernel has the bits of its expression, on many shapes and geometries. */
class ElementwisePtxTest {
  /** rows, cols, then the row and column stride of each operand. */
  private static final int[][] VIEWS = {
    {1, 1, 0, 1, 0, 1, 0, 1}, {1, 2, 0, 1, 0, 0, 0, 1}, {1, 31, 0, 1, 0, 1, 0, 1},
    {1, 32, 0, 1, 0, 1, 0, 1}, {1, 33, 0, 1, 0, 1, 0, 0}, {1, 255, 0, 1, 0, 1, 0, 1},
    {1, 256, 0, 1, 0, 1, 0, 1}, {1, 257, 0, 0, 0, 1, 0, 1}, {1, 700, 0, 1, 0, 1, 0, 1},
    {2, 3, 3, 1, 0, 1, 1, 0}, {3, 7, 0, 1, 7, 1, 7, 1}, {5, 1, 1, 0, 1, 0, 1, 0},
    {5, 17, 17, 1, 0, 1, 1, 0}, {7, 64, 64, 1, 1, 0, 64, 1}, {8, 8, 8, 1, 8, 1, 8, 1},
    {9, 33, 40, 1, 33, 1, 0, 1}, {16, 10, 10, 1, 0, 1, 10, 1}, {33, 3, 3, 1, 3, 1, 1, 0},
    {40, 5, 0, 0, 5, 1, 0, 1}, {100, 2, 2, 1, 2, 1, 2, 1}, {1, 0, 0, 1, 0, 1, 0, 1}
  };

  private static final float ALPHA = 0.75f;
  private static final float BETA = 1.25f;

  /** Runs an entry over all views and compares with the expression. */
  private static void check(String file, String entry, Expr f, int operands, boolean parameters) {
    try (PtxRun run = new PtxRun()) {
      for (int v = 0; v < VIEWS.length; v++) {
        int[] view = VIEWS[v];
        int rows = view[0];
        int cols = view[1];
        float[][] values = new float[operands][];
        Object[] arguments = new Object[1 + operands + 2 + 2 * operands + (parameters ? 2 : 0)];
        for (int k = 0; k < operands; k++) {
          int size = Math.max(1, (rows - 1) * view[2 + 2 * k] + (cols - 1) * view[3 + 2 * k] + 1);
          values[k] = PtxRun.mixed(31L * v + k, size, -4, 4);
          arguments[1 + k] = run.in(values[k]);
          arguments[3 + operands + 2 * k] = view[2 + 2 * k];
          arguments[4 + operands + 2 * k] = view[3 + 2 * k];
        }
        long out = run.words(rows * cols);
        arguments[0] = out;
        arguments[1 + operands] = rows;
        arguments[2 + operands] = cols;
        if (parameters) {
          arguments[arguments.length - 2] = ALPHA;
          arguments[arguments.length - 1] = BETA;
        }
        Dim3 block = cols > 32 ? Dim3.of(64) : Dim3.of(16, 4);
        run.launch(file, entry, Dim3.of(1 + v % 3, 1 + v % 2), block, arguments);
        compare(entry, f, view, values, run.floats(out, rows * cols));
        run.clear();
      }
    }
  }

  private static void compare(String entry, Expr f, int[] view, float[][] values, float[] actual) {
    float[] element = new float[values.length];
    for (int i = 0; i < actual.length; i++) {
      int row = i / view[1];
      int col = i % view[1];
      for (int k = 0; k < values.length; k++) {
        element[k] = values[k][row * view[2 + 2 * k] + col * view[3 + 2 * k]];
      }
      float expected = ExprEvaluator.evaluate(f, element, new float[] {ALPHA, BETA});
      if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual[i])) {
        fail(
            entry
                + " of "
                + java.util.Arrays.toString(element)
                + ": expected "
                + expected
                + ", the kernel gave "
                + actual[i]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfOne(UnaryOp op) {
    check("unary.ptx", op.label() + "_f32", op.value(), 1, true);
    check("unary_gradients.ptx", op.label() + "_gradient_f32", op.vjp(), 3, true);
  }

  /** A bit pattern from every 2¹⁶-th of all (check R3). */
  @Tag("sweep")
  @ParameterizedTest
  @EnumSource
  void functionsOfOneOverBitPatterns(UnaryOp op) {
    int n = 1 << 16;
    SplittableRandom random = new SplittableRandom(op.ordinal());
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = Float.intBitsToFloat(i << 16 | random.nextInt(1 << 16));
    }
    try (PtxRun run = new PtxRun()) {
      long out = run.words(n);
      Object[] arguments = {out, run.in(x), 1, n, 0, 1, ALPHA, BETA};
      run.launch("unary.ptx", op.label() + "_f32", Dim3.of(4), Dim3.of(256), arguments);
      int[] row = {1, n, 0, 1};
      compare(op.label(), op.value(), row, new float[][] {x}, run.floats(out, n));
    }
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfTwo(BinaryOp op) {
    check("binary.ptx", op.label() + "_f32", op.value(), 2, false);
    if (op.isDifferentiable()) {
      check("binary_gradients.ptx", op.label() + "_gradient_a_f32", op.vjp(0), 3, false);
      check("binary_gradients.ptx", op.label() + "_gradient_b_f32", op.vjp(1), 3, false);
    }
  }

  @Test
  void selection() {
    Expr f = Expr.select(Expr.operand(0), Expr.operand(1), Expr.operand(2));
    check("elementwise.ptx", "where_f32", f, 3, false);
  }

  @Test
  void everyEntryIsAFunction() {
    TreeSet<String> expected = new TreeSet<>();
    TreeSet<String> actual = new TreeSet<>();
    for (UnaryOp op : UnaryOp.values()) {
      expected.add(op.label() + "_f32");
      expected.add(op.label() + "_gradient_f32");
    }
    for (String file : List.of("unary.ptx", "unary_gradients.ptx")) {
      actual.addAll(PtxModule.load(file).entries().keySet());
    }
    assertEquals(expected, actual);
  }
}
