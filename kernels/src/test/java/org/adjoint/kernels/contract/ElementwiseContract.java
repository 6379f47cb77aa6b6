package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link ElementwiseKernels}. */
public abstract class ElementwiseContract extends KernelsContract {
  /** Functions of one rounding: nothing but the correctly rounded value will do. */
  private static final Set<UnaryOp> EXACT =
      EnumSet.of(
          UnaryOp.NEG,
          UnaryOp.ABS,
          UnaryOp.SIGN,
          UnaryOp.SQRT,
          UnaryOp.RECIPROCAL,
          UnaryOp.SQUARE,
          UnaryOp.RELU,
          UnaryOp.LEAKY_RELU,
          UnaryOp.FLOOR,
          UnaryOp.CEIL,
          UnaryOp.ROUND,
          UnaryOp.CLAMP,
          UnaryOp.TRUNC,
          UnaryOp.FRAC,
          UnaryOp.RELU6,
          UnaryOp.HARDTANH,
          UnaryOp.SOFTSHRINK,
          UnaryOp.HARDSHRINK,
          UnaryOp.THRESHOLD,
          UnaryOp.ADD_SCALAR,
          UnaryOp.MUL_SCALAR);

  /** Functions whose formula cancels for some x: their error is bounded relative to x. */
  private static final Set<UnaryOp> CANCELLING =
      EnumSet.of(
          UnaryOp.GELU,
          UnaryOp.GELU_TANH,
          UnaryOp.TANHSHRINK,
          UnaryOp.HARDSIGMOID,
          UnaryOp.HARDSWISH);

  private static final double ALPHA = 0.3;
  private static final double BETA = 1.7;

  /**
   * Whether float32 results have the bits of {@link ExprEvaluator#evaluate(Expr, float[],
   * float[])}, as all backends promise but the reference, which is the correctly rounded value.
   */
  protected boolean followsRecipes() {
    return true;
  }

  private ElementwiseKernels elementwise() {
    return kernels().elementwise();
  }

  /** The value that the backend promises bit for bit in float32. */
  private double promised(Expr f, double[] x, double[] parameters) {
    if (!followsRecipes()) {
      return (float) ExprEvaluator.evaluate(f, x, rounded(parameters));
    }
    return ExprEvaluator.evaluate(f, floats(x), floats(parameters));
  }

  private static float[] floats(double[] v) {
    float[] f = new float[v.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) v[i];
    }
    return f;
  }

  private static double[] rounded(double[] v) {
    return Arrays.stream(v).map(d -> (float) d).toArray();
  }

  /** Compares y = f(operands) with the promise (float32) or with double arithmetic (float64). */
  private void assertMap(String what, Expr f, double[] parameters, Tensor y, double[]... operands) {
    double[] expected = new double[y.size()];
    double[] x = new double[operands.length];
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < x.length; k++) {
        x[k] = operands[k][i];
      }
      expected[i] =
          y.dtype() == DType.F32
              ? promised(f, x, parameters)
              : ExprEvaluator.evaluate(f, x, parameters);
    }
    assertUlp(what, y, expected, y.dtype() == DType.F32 ? 0 : 4);
  }

  // ---- unary --------------------------------------------------------------------------------

  @Test
  void everyFunctionAtEverySize() {
    for (DType dtype : FLOATING) {
      for (UnaryOp op : UnaryOp.values()) {
        for (int n : SIZES) {
          Tensor x = between(dtype, n, -6, 6, n);
          checkUnary(op + " of " + n + " " + dtype, op, x);
        }
      }
    }
  }

  @Test
  void everyFunctionAtSpecialNumbers() {
    for (DType dtype : FLOATING) {
      for (UnaryOp op : UnaryOp.values()) {
        checkUnary(op + " " + dtype, op, tensor(dtype, SPECIAL, SPECIAL.length));
      }
    }
  }

  private void checkUnary(String what, UnaryOp op, Tensor x) {
    Tensor y = garbageLike(x);
    elementwise().unary(op, x, ALPHA, BETA, y);
    assertMap(what, op.value(), new double[] {ALPHA, BETA}, y, x.toDoubleArray());
    if (x.dtype() == DType.F32) {
      withinFourUlp(what, op, x.toDoubleArray(), y.toDoubleArray());
    }
  }

  /** Requires 0 ulp of exact functions, else 4 against the value in double. */
  private static void withinFourUlp(String what, UnaryOp op, double[] x, double[] y) {
    double[] parameters = {(float) ALPHA, (float) BETA};
    for (int i = 0; i < y.length; i++) {
      double r = ExprEvaluator.evaluate(op.value(), new double[] {x[i]}, parameters);
      if (Double.compare(y[i], (float) r) == 0) {
        continue;
      }
      double bound = EXACT.contains(op) ? 0 : 4 * Math.ulp((float) r);
      if (CANCELLING.contains(op)) {
        bound += 4 * 0x1p-24 * Math.abs(x[i]);
      }
      double error = Math.abs(y[i] - r);
      assertEquals(true, error <= bound, () -> what + ": " + Arrays.toString(y) + " for " + r);
    }
  }

  @Test
  void unaryTakesViewsAndBroadcasts() {
    for (DType dtype : FLOATING) {
      Tensor x = random(dtype, 5, 6, 1, 7);
      for (Tensor view : views(x)) {
        Tensor y = garbageLike(x);
        elementwise().unary(UnaryOp.EXP, view, 0, 0, y);
        assertMap("view", UnaryOp.EXP.value(), new double[2], y, x.toDoubleArray());
      }
      Tensor wide = garbage(dtype, 6, 5, 7);
      elementwise().unary(UnaryOp.TANH, x, 0, 0, wide);
      double[] all = x.expand(wide.shape()).toDoubleArray();
      assertMap("broadcast", UnaryOp.TANH.value(), new double[2], wide, all);
    }
  }

  @Test
  void unaryWorksInPlace() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        Tensor x = random(dtype, n, n);
        double[] before = x.toDoubleArray();
        elementwise().unary(UnaryOp.SIGMOID, x, 0, 0, x);
        assertMap("in place", UnaryOp.SIGMOID.value(), new double[2], x, before);
      }
    }
  }

  // ---- binary -------------------------------------------------------------------------------

  @Test
  void everyOperatorAtEverySize() {
    for (DType dtype : FLOATING) {
      for (BinaryOp op : BinaryOp.values()) {
        for (int n : SIZES) {
          Tensor a = between(dtype, n, -3, 3, n);
          Tensor b = between(dtype, n + 1, -3, 3, n);
          checkBinary(op + " of " + n + " " + dtype, op, a, b, a.shape());
        }
      }
    }
  }

  @Test
  void everyOperatorAtSpecialNumbers() {
    int n = SPECIAL.length;
    for (DType dtype : FLOATING) {
      Tensor a = tensor(dtype, SPECIAL, n, 1);
      Tensor b = tensor(dtype, SPECIAL, n);
      for (BinaryOp op : BinaryOp.values()) {
        checkBinary(op + " " + dtype, op, a, b, Shape.of(n, n));
      }
    }
  }

  @Test
  void addSubtractMultiplyDivideAreExact() {
    for (BinaryOp op : List.of(BinaryOp.ADD, BinaryOp.SUB, BinaryOp.MUL, BinaryOp.DIV)) {
      Tensor a = random(DType.F32, 1, 1000);
      Tensor b = random(DType.F32, 2, 1000);
      Tensor y = garbageLike(a);
      elementwise().binary(op, a, b, y);
      Tensor r = blankLike(a);
      reference().elementwise().binary(op, exact(a), exact(b), r);
      assertUlp(op.label(), y, r.toDoubleArray(), 0);
    }
  }

  @Test
  void binaryBroadcasts() {
    int[][] shapes = {
      {}, {1}, {5}, {4, 5}, {4, 1}, {1, 5}, {3, 4, 5}, {3, 1, 5}, {3, 4, 1}, {3, 1, 1}, {1, 4, 1}
    };
    for (DType dtype : FLOATING) {
      for (int[] p : shapes) {
        for (int[] q : shapes) {
          Tensor a = random(dtype, 1, p);
          Tensor b = random(dtype, 2, q);
          Shape shape = Shape.broadcast("test", a.shape(), b.shape());
          String what = a.shape() + " with " + b.shape();
          checkBinary(what, BinaryOp.SUB, a, b, shape);
          for (Tensor view : views(a)) {
            checkBinary("view of " + what, BinaryOp.SUB, view, b, shape);
            checkBinary("view of " + what, BinaryOp.SUB, b, view, shape);
          }
          checkBinary("expanded", BinaryOp.DIV, a.expand(shape), b.expand(shape), shape);
          checkBinary("wider", BinaryOp.MUL, a, b, shape.insert(0, 2));
        }
      }
    }
  }

  private void checkBinary(String what, BinaryOp op, Tensor a, Tensor b, Shape shape) {
    Tensor y = garbage(a.dtype(), shape.toArray());
    elementwise().binary(op, a, b, y);
    double[] left = a.expand(shape).toDoubleArray();
    double[] right = b.expand(shape).toDoubleArray();
    assertMap(what, op.value(), new double[0], y, left, right);
  }

  @Test
  void binaryWorksInPlaceOnEitherSide() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        Tensor a = random(dtype, 3, n);
        Tensor b = random(dtype, 4, n);
        double[] left = a.toDoubleArray();
        double[] right = b.toDoubleArray();
        elementwise().binary(BinaryOp.SUB, a, b, a);
        assertMap("left", BinaryOp.SUB.value(), new double[0], a, left, right);
        left = a.toDoubleArray();
        elementwise().binary(BinaryOp.SUB, a, b, b);
        assertMap("right", BinaryOp.SUB.value(), new double[0], b, left, right);
        elementwise().binary(BinaryOp.SUB, a, a, a);
        assertSame("both", a.toDoubleArray(), new double[n]);
      }
    }
  }

  @Test
  void operandsThatOverlapTheResultAreReadFirst() {
    for (DType dtype : FLOATING) {
      Tensor all = random(dtype, 9, 40);
      double[] v = all.toDoubleArray();
      Tensor out = all.slice(0, 1, 37);
      elementwise().binary(BinaryOp.ADD, all.slice(0, 0, 36), all.select(0, 5), out);
      double[] left = Arrays.copyOf(v, 36);
      double[] right = new double[36];
      Arrays.fill(right, v[5]);
      assertMap("shifted", BinaryOp.ADD.value(), new double[0], out, left, right);

      Tensor square = random(dtype, 8, 9, 9);
      double[] flipped = square.transpose(0, 1).toDoubleArray();
      double[] before = square.toDoubleArray();
      elementwise().binary(BinaryOp.SUB, square, square.transpose(0, 1), square);
      assertMap("transposed", BinaryOp.SUB.value(), new double[0], square, before, flipped);
    }
  }

  @Test
  void truthValuesTakeIntegers() {
    Tensor a = tensor(DType.I32, new double[] {1, 2, 3, Integer.MAX_VALUE, Integer.MIN_VALUE}, 5);
    Tensor b = tensor(DType.I32, new double[] {2, 2, 2, Integer.MAX_VALUE - 1, 0}, 5);
    int[][] expected = {
      {1, 1, 1, 1, 0},
      {1, 1, 1, 1, 1},
      {0, 0, 0, 0, 1},
      {0, 1, 0, 0, 0},
      {1, 0, 1, 1, 1},
      {1, 0, 0, 0, 1},
      {1, 1, 0, 0, 1},
      {0, 0, 1, 1, 0},
      {0, 1, 1, 1, 0}
    };
    BinaryOp[] ops = {
      BinaryOp.LOGICAL_AND,
      BinaryOp.LOGICAL_OR,
      BinaryOp.LOGICAL_XOR,
      BinaryOp.EQ,
      BinaryOp.NE,
      BinaryOp.LT,
      BinaryOp.LE,
      BinaryOp.GT,
      BinaryOp.GE
    };
    for (int i = 0; i < ops.length; i++) {
      Tensor y = garbage(DType.I32, 5);
      elementwise().binary(ops[i], a, b, y);
      assertArrayEquals(expected[i], y.toIntArray(), ops[i].label());
    }
  }

  // ---- where, map, fill, copy ---------------------------------------------------------------

  @Test
  void whereSelects() {
    Expr f = Expr.select(Expr.operand(0), Expr.operand(1), Expr.operand(2));
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        double[] c = numbers(1, n, -1, 1);
        for (int i = 0; i < n; i++) {
          c[i] = i % 5 == 0 ? Double.NaN : c[i] < 0 ? (i % 2 == 0 ? 0.0 : -0.0) : c[i];
        }
        Tensor condition = tensor(dtype, c, n);
        Tensor a = random(dtype, 2, n);
        Tensor y = garbageLike(a);
        elementwise().where(condition, a, tensor(dtype, new double[] {7}), y);
        double[] seven = new double[n];
        Arrays.fill(seven, 7);
        assertMap("where", f, new double[0], y, c, a.toDoubleArray(), seven);
      }
    }
  }

  @Test
  void mapComputesEveryGradient() {
    List<Expr> formulas = new ArrayList<>();
    for (UnaryOp op : UnaryOp.values()) {
      formulas.add(op.vjp());
    }
    for (BinaryOp op : BinaryOp.values()) {
      if (op.isDifferentiable()) {
        formulas.add(op.vjp(0));
        formulas.add(op.vjp(1));
      }
    }
    double[] parameters = {ALPHA, BETA};
    for (DType dtype : FLOATING) {
      for (Expr f : formulas) {
        for (int n : new int[] {1, 7, 33, 207}) {
          Tensor[] x = new Tensor[4];
          double[][] v = new double[4][];
          for (int k = 0; k < 4; k++) {
            x[k] = between(dtype, k, -3, 3, n);
            v[k] = x[k].toDoubleArray();
          }
          Tensor y = garbageLike(x[0]);
          elementwise().map(f, parameters, y, x);
          assertMap(f + " " + dtype, f, parameters, y, v);
        }
      }
    }
  }

  @Test
  void mapBroadcastsAndWorksInPlace() {
    Expr f = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.operand(2)).times(Expr.parameter(0));
    double[] parameters = {0.7};
    for (DType dtype : FLOATING) {
      Tensor a = random(dtype, 1, 6, 5, 9);
      Tensor row = random(dtype, 2, 9);
      Tensor channel = random(dtype, 3, 5, 1);
      double[] before = a.toDoubleArray();
      double[] rows = row.expand(a.shape()).toDoubleArray();
      double[] channels = channel.expand(a.shape()).toDoubleArray();
      elementwise().map(f, parameters, a, a, row, channel);
      assertMap("in place", f, parameters, a, before, rows, channels);
    }
    Tensor constant = garbage(DType.F32, 3, 3);
    elementwise().map(Expr.constant(0.25), new double[0], constant);
    assertMap("constant", Expr.constant(0.25), new double[0], constant);
  }

  @Test
  void fillSetsViewsOfEveryType() {
    for (DType dtype : DType.values()) {
      for (int n : SIZES) {
        Tensor out = garbage(dtype, n);
        elementwise().fill(-3, out);
        double[] expected = new double[n];
        Arrays.fill(expected, -3);
        assertSame("fill", out.toDoubleArray(), expected);
      }
      Tensor all = Tensor.zeros(backend(), dtype, 3, 4);
      elementwise().fill(2, all.slice(1, 1, 4, 2));
      assertSame("slice", all.toDoubleArray(), new double[] {0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2});
    }
    Tensor rounded = garbage(DType.I32, 3);
    elementwise().fill(-2.9, rounded);
    assertArrayEquals(new int[] {-2, -2, -2}, rounded.toIntArray());
  }

  @Test
  void copyTakesEveryLayout() {
    for (DType dtype : DType.values()) {
      for (int n : SIZES) {
        Tensor x = between(dtype, n, -100, 100, n);
        Tensor y = garbageLike(x);
        elementwise().copy(x, y);
        assertSame("copy of " + n, y.toDoubleArray(), x.toDoubleArray());
      }
      Tensor x = between(dtype, 2, -100, 100, 3, 5, 4);
      for (Tensor from : views(x)) {
        for (Tensor to : views(garbageLike(x))) {
          elementwise().copy(from, to);
          assertSame("views", to.toDoubleArray(), x.toDoubleArray());
        }
      }
      Tensor wide = garbage(dtype, 2, 3, 5, 4);
      elementwise().copy(x.select(1, 2).unsqueeze(1), wide);
      double[] expected = x.select(1, 2).unsqueeze(1).expand(wide.shape()).toDoubleArray();
      assertSame("broadcast", wide.toDoubleArray(), expected);
    }
  }

  @Test
  void copyConverts() {
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        Tensor x = from == DType.I32 ? indices(1, 90, 50) : tensor(from, SPECIAL, SPECIAL.length);
        Tensor y = garbage(to, x.size());
        elementwise().copy(x, y);
        double[] expected = x.toDoubleArray();
        for (int i = 0; i < expected.length; i++) {
          double v = expected[i];
          expected[i] = to == DType.I32 ? (int) v : to == DType.F32 ? (float) v : v;
        }
        assertSame(from + " to " + to, y.toDoubleArray(), expected);
      }
    }
  }

  @Test
  void copyWithinOneTensorReadsFirst() {
    Tensor all = random(DType.F32, 1, 30);
    double[] v = all.toDoubleArray();
    elementwise().copy(all.slice(0, 0, 20), all.slice(0, 3, 23));
    System.arraycopy(v.clone(), 0, v, 3, 20);
    assertSame("shifted", all.toDoubleArray(), v);
  }
}
