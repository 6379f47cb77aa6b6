package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The generated loops against the evaluation of the same expressions, bit for bit. */
class LoopCompilerTest {
  private static final int[] SIZES = {
    0, 1, 3, 7, 8, 13, 15, 16, 17, 31, 33, 64, 100, 207, 1000, 4098
  };
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    0.5f,
    -0.5f,
    1.5f,
    2.5f,
    -2.5f,
    3f,
    88.7f,
    -103.9f,
    1e-30f,
    -1e-40f,
    1e10f,
    -3e38f,
    65537f,
    1e30f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    Float.MAX_VALUE,
    Float.MIN_NORMAL,
    8388609f,
    -8388607.5f
  };
  private static final double[] PARAMETERS = {0.3, 1.7};

  static Stream<LoopCompiler> compilers() {
    return Stream.of(
        new LoopCompiler(LoopCompiler.Vectors.of(FloatVector.SPECIES_128)),
        new LoopCompiler(LoopCompiler.Vectors.of(FloatVector.SPECIES_256)),
        new LoopCompiler(LoopCompiler.Vectors.of(FloatVector.SPECIES_512)),
        new LoopCompiler(null));
  }

  private static List<Expr> expressions() {
    List<Expr> all = new ArrayList<>();
    for (UnaryOp op : UnaryOp.values()) {
      all.add(op.value());
      all.add(op.vjp());
    }
    for (BinaryOp op : BinaryOp.values()) {
      all.add(op.value());
      if (op.isDifferentiable()) {
        all.add(op.vjp(0));
        all.add(op.vjp(1));
      }
    }
    Expr x = Expr.operand(0);
    Expr y = Expr.operand(1);
    all.add(Expr.select(y, x, x.negated()));
    all.add(Expr.select(x.with(Expr.Operator.LT, y).plus(Expr.constant(0)), x, y));
    all.add(Expr.fma(x, y, x.times(y)));
    for (double c : new double[] {0.0, -0.0, 1.5, -2, Double.POSITIVE_INFINITY, Double.NaN}) {
      all.add(x.with(Expr.Operator.MAX, Expr.constant(c)));
      all.add(x.with(Expr.Operator.MIN, Expr.constant(c)));
      all.add(Expr.constant(c).with(Expr.Operator.MAX, x));
    }
    all.add(x.with(Expr.Operator.GT, y).times(x.with(Expr.Operator.GT, y)));
    return all;
  }

  private static float[] values(SplittableRandom random, int n) {
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] =
          switch (random.nextInt(4)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> Float.intBitsToFloat(random.nextInt());
            default -> (float) random.nextDouble(-4, 4);
          };
    }
    return v;
  }

  /** How a test lays out an operand of a matrix of rows × cols. */
  private enum Access {
    DENSE,
    ROW,
    COLUMN,
    SCALAR;

    int rowStride(int cols) {
      return this == DENSE ? cols : this == COLUMN ? 1 : 0;
    }

    boolean broadcast() {
      return this == COLUMN || this == SCALAR;
    }
  }

  @ParameterizedTest
  @MethodSource("compilers")
  void everyExpressionHasTheBitsOfItsEvaluation(LoopCompiler compiler) {
    SplittableRandom random = new SplittableRandom(1);
    for (Expr e : expressions()) {
      for (int n : SIZES) {
        check(compiler, e, 1, n, new Access[] {Access.DENSE, Access.DENSE, Access.DENSE}, random);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("compilers")
  void everyKindOfAccess(LoopCompiler compiler) {
    SplittableRandom random = new SplittableRandom(2);
    Expr e = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.operand(2));
    Expr partial = Expr.operand(2).minus(Expr.apply(Expr.Function.EXP, Expr.operand(0)));
    for (Access a : Access.values()) {
      for (Access b : Access.values()) {
        for (Access c : Access.values()) {
          for (int cols : new int[] {1, 5, 16, 37, 130}) {
            check(compiler, e, 3, cols, new Access[] {a, b, c}, random);
            check(compiler, partial, 4, cols, new Access[] {a, b, c}, random);
          }
        }
      }
    }
  }

  private static void check(
      LoopCompiler compiler, Expr e, int rows, int cols, Access[] access, SplittableRandom random) {
    int operands = e.operandCount();
    ElementLoop[] loops = new ElementLoop[2];
    long broadcast = 0;
    for (int i = 0; i < operands; i++) {
      broadcast |= access[i].broadcast() ? 1L << i : 0;
    }
    loops[0] = compiler.loop(e, DType.F32, broadcast);
    float[] out = new float[rows * cols + 5];
    float[][] in = new float[operands][];
    ElementTask task = new ElementTask(loops[0], 1 + operands, PARAMETERS);
    task.slot(0, out, 2, cols);
    for (int i = 0; i < operands; i++) {
      in[i] = values(random, rows * cols + 4);
      task.slot(1 + i, in[i], i + 1, access[i].rowStride(cols));
    }
    loops[0].run(task, 0, rows, 0, cols);
    float[] parameters = {(float) PARAMETERS[0], (float) PARAMETERS[1]};
    float[] at = new float[operands];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        for (int i = 0; i < operands; i++) {
          at[i] = in[i][i + 1 + r * access[i].rowStride(cols) + (access[i].broadcast() ? 0 : c)];
        }
        float expected = ExprEvaluator.evaluate(e, at, parameters);
        float actual = out[2 + r * cols + c];
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
          fail(
              e
                  + " at "
                  + java.util.Arrays.toString(at)
                  + " ("
                  + r
                  + ", "
                  + c
                  + ") of "
                  + cols
                  + ": expected "
                  + expected
                  + ", received "
                  + actual);
        }
      }
    }
    assertEquals(0f, out[1]);
    assertEquals(0f, out[2 + rows * cols]);
  }

  @Test
  void doubleLoopsEvaluateInDouble() {
    LoopCompiler compiler = new LoopCompiler(null);
    SplittableRandom random = new SplittableRandom(3);
    for (Expr e : expressions()) {
      int operands = e.operandCount();
      ElementLoop loop = compiler.loop(e, DType.F64, 0);
      int n = 100;
      double[] out = new double[n];
      double[][] in = new double[operands][n];
      ElementTask task = new ElementTask(loop, 1 + operands, PARAMETERS).slot(0, out, 0, 0);
      for (int i = 0; i < operands; i++) {
        float[] v = values(random, n);
        for (int k = 0; k < n; k++) {
          in[i][k] = v[k];
        }
        task.slot(1 + i, in[i], 0, 0);
      }
      loop.run(task, 0, 1, 0, n);
      double[] at = new double[operands];
      for (int k = 0; k < n; k++) {
        for (int i = 0; i < operands; i++) {
          at[i] = in[i][k];
        }
        assertEquals(ExprEvaluator.evaluate(e, at, PARAMETERS), out[k], e.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("compilers")
  void severalResultsInPlace(LoopCompiler compiler) {
    Expr a = Expr.operand(0);
    Expr b = Expr.operand(1);
    List<Expr> swapAndAdd = List.of(b, a, a.plus(b).times(Expr.parameter(1)));
    SplittableRandom random = new SplittableRandom(4);
    for (int n : SIZES) {
      float[] x = values(random, n);
      float[] y = values(random, n);
      float[] sum = new float[n];
      ElementLoop loop = compiler.loop(new LoopCompiler.Key(swapAndAdd, DType.F32, 0));
      float[] oldX = x.clone();
      float[] oldY = y.clone();
      ElementTask task =
          new ElementTask(loop, 5, PARAMETERS)
              .slot(0, x, 0, 0)
              .slot(1, y, 0, 0)
              .slot(2, sum, 0, 0)
              .slot(3, x, 0, 0)
              .slot(4, y, 0, 0);
      loop.run(task, 0, 1, 0, n);
      for (int i = 0; i < n; i++) {
        assertEquals(oldY[i], x[i]);
        assertEquals(oldX[i], y[i]);
        assertEquals((oldX[i] + oldY[i]) * 1.7f, sum[i]);
      }
    }
  }

  @Test
  void splittingDoesNotChangeAnything() {
    LoopCompiler compiler = LoopCompiler.preferred();
    Expr e = Expr.apply(Expr.Function.TANH, Expr.operand(0).times(Expr.operand(1)));
    SplittableRandom random = new SplittableRandom(5);
    int rows = 7;
    int cols = 1003;
    float[] x = values(random, rows * cols);
    float[] y = values(random, cols);
    float[] whole = new float[rows * cols];
    ElementLoop loop = compiler.loop(e, DType.F32, 0);
    ElementTask task =
        new ElementTask(loop, 3).slot(0, whole, 0, cols).slot(1, x, 0, cols).slot(2, y, 0, 0);
    task.execute(rows, cols);
    for (int parts = 2; parts < 12; parts++) {
      float[] split = new float[rows * cols];
      ElementTask other =
          new ElementTask(loop, 3).slot(0, split, 0, cols).slot(1, x, 0, cols).slot(2, y, 0, 0);
      other.execute(rows, cols);
      java.util.Arrays.fill(split, 0);
      for (int part = 0; part < parts; part++) {
        other.run(part, parts);
      }
      org.junit.jupiter.api.Assertions.assertArrayEquals(whole, split);
    }
  }

  @Test
  void anExpressionTooLongForOneCompiledVectorLoopKeepsItsBits() {
    Expr e = Expr.operand(0);
    for (int i = 0; i < 40; i++) {
      e = Expr.apply(Expr.Function.TANH, e.times(Expr.constant(1 + i * 0.01)));
    }
    SplittableRandom random = new SplittableRandom(6);
    check(LoopCompiler.preferred(), e, 1, 100, new Access[] {Access.DENSE}, random);
  }

  @Test
  void loopsAreMadeOnce() {
    LoopCompiler compiler = LoopCompiler.preferred();
    Expr one = Expr.operand(0).plus(Expr.constant(1));
    Expr same = Expr.operand(0).plus(Expr.constant(1));
    assertEquals(compiler.loop(one, DType.F32, 0), compiler.loop(same, DType.F32, 0));
  }
}
