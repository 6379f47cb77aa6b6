package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Test;

/** Expressions: text, counting, substitution, evaluation, differentiation. */
class ExprTest {
  private static final Expr X = Expr.operand(0);
  private static final Expr Y = Expr.operand(1);
  private static final Expr A = Expr.parameter(0);
  private static final Expr ONE = Expr.constant(1);
  private static final double[] NONE = {};

  private static double at(Expr e, double... x) {
    return ExprEvaluator.evaluate(e, x, new double[] {0.3, 1.7});
  }

  private static float at(Expr e, float... x) {
    return ExprEvaluator.evaluate(e, x, new float[] {0.3f, 1.7f});
  }

  @Test
  void textHasTheParenthesesItNeeds() {
    assertEquals("(x0 + x1) * x0", X.plus(Y).times(X).toString());
    assertEquals("x0 - (x1 - 1)", X.minus(Y.minus(ONE)).toString());
    assertEquals("x0 - x1 - 1", X.minus(Y).minus(ONE).toString());
    assertEquals("x0 / (x1 / p0)", X.over(Y.over(A)).toString());
    assertEquals("-x0", X.negated().toString());
    assertEquals("1 + (-x0)", ONE.plus(X.negated()).toString());
    assertEquals("x0 * (-2.5)", X.times(Expr.constant(-2.5)).toString());
    assertEquals("max(x0, x1 + 1)", X.with(Operator.MAX, Y.plus(ONE)).toString());
    assertEquals("fma(x0, x1, p0)", Expr.fma(X, Y, A).toString());
    assertEquals(
        "((x0 < 0) ? tanh(x0) : x1)",
        Expr.select(X.with(Operator.LT, Expr.constant(0)), Expr.apply(Function.TANH, X), Y)
            .toString());
    assertEquals("alpha * t", A.times(Y).text(List.of("x", "t"), List.of("alpha")));
    assertEquals("p0", A.toString());
    assertEquals("x0", X.toString());
    assertEquals("1", ONE.toString());
    assertEquals("0.5", Expr.constant(0.5).toString());
    assertEquals("x0 == x1", X.with(Operator.EQ, Y).toString());
  }

  @Test
  void countsOperandsAndParameters() {
    Expr e = Expr.select(X.with(Operator.GT, Expr.operand(4)), Expr.fma(X, A, Y), ONE.negated());
    assertEquals(5, e.operandCount());
    assertEquals(1, e.parameterCount());
    assertEquals(0, ONE.operandCount());
    assertEquals(2, Expr.fma(ONE, ONE, Expr.parameter(1)).parameterCount());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertEquals("-1", assertThrows(ArgumentException.class, () -> Expr.operand(-1)).value());
    assertThrows(ArgumentException.class, () -> Expr.parameter(-2));
    ArgumentException missing =
        assertThrows(ArgumentException.class, () -> X.plus(Y).substitute(List.of(ONE)));
    assertEquals("operand 1 needs one", missing.remedy());
    assertThrows(ArgumentException.class, () -> BinaryOp.EQ.derivative(0));
    assertThrows(ArgumentException.class, () -> BinaryOp.EQ.vjp(1));
    assertThrows(ArgumentException.class, () -> BinaryOp.ADD.derivative(2));
  }

  @Test
  void everyParameterNeedsAValue() {
    ArgumentException e =
        assertThrows(ArgumentException.class, () -> ExprWalk.bind(Expr.parameter(1), 2));
    assertEquals("1 numbers", e.value());
  }

  @Test
  void substitutionReachesEveryPlace() {
    Expr e = Expr.select(X.with(Operator.LE, Y), Expr.fma(X, Y, A), Expr.apply(Function.EXP, Y));
    Expr s = e.substitute(List.of(Y, X.plus(ONE)));
    assertEquals(at(e, 3, 1.5), at(s, 0.5, 3), 0);
    assertEquals(at(e, 1, 1.5), at(s, 0.5, 1), 0);
  }

  @Test
  void evaluatesInBothTypes() {
    Expr e = Expr.select(X.minus(Y), Expr.fma(X, Y, A), Expr.apply(Function.SQRT, X));
    assertEquals(2 * 3 + 0.3, at(e, 2.0, 3.0));
    assertEquals(2f * 3f + 0.3f, at(e, 2f, 3f));
    assertEquals(Math.sqrt(2), at(e, 2.0, 2.0));
    assertEquals((float) Math.sqrt(2), at(e, 2f, 2f));
    // NaN is not zero
    assertEquals(Double.NaN, at(e, Double.NaN, 2.0));
  }

  @Test
  void derivativesOfEveryFunctionAgreeWithDifferences() {
    for (Function f : Function.values()) {
      check(Expr.apply(f, X.times(Expr.constant(1.1))), 0.37, 1);
    }
    for (Operator op : Operator.values()) {
      check(X.times(X).with(op, Y.plus(X)), 0.37, 1.21);
      check(X.with(op, Expr.constant(3)), 0.6, 1);
    }
    check(Expr.fma(X.times(X), Y, X), 0.3, 1.2);
    check(Expr.select(X.with(Operator.LT, Y), X.times(Y), X.plus(Y)), 0.3, 1.2);
    check(Expr.select(X.with(Operator.GT, Y), X.times(Y), X.plus(Y)), 0.3, 1.2);
    check(X.with(Operator.POW, Expr.constant(2)), -0.4, 1);
    check(X.with(Operator.POW, ONE), -0.4, 1);
    check(X.with(Operator.POW, Expr.constant(0)), -0.4, 1);
    check(A.times(X).minus(X).plus(A), -0.4, 1);
  }

  private static void check(Expr e, double x, double y) {
    double h = 1e-6;
    for (int operand = 0; operand < 2; operand++) {
      double dx = operand == 0 ? h : 0;
      double dy = operand == 1 ? h : 0;
      double numeric = (at(e, x + dx, y + dy) - at(e, x - dx, y - dy)) / (2 * h);
      Expr d = e.derivative(operand);
      assertEquals(numeric, at(d, x, y), 1e-8 + 1e-6 * Math.abs(numeric), e + " gives " + d);
      double second = (at(d, x + dx, y + dy) - at(d, x - dx, y - dy)) / (2 * h);
      assertEquals(second, at(d.derivative(operand), x, y), 1e-7 + 1e-6 * Math.abs(second));
    }
  }

  @Test
  void kinksTakeTheirSubgradient() {
    Expr max = X.with(Operator.MAX, Y);
    assertEquals(0.5, at(max.derivative(0), 2, 2));
    assertEquals(0.5, at(max.derivative(1), 2, 2));
    assertEquals(1, at(max.derivative(1), 2, 3));
    assertEquals(0, at(max.derivative(0), 2, 3));
    assertEquals(1, at(max.derivative(0), Double.NaN, 3.0));
    assertEquals(0, at(Expr.apply(Function.ABS, X).derivative(0), 0));
    assertEquals(0, at(UnaryOp.RELU.derivative(), 0, 0));
    assertEquals(0.3, at(UnaryOp.LEAKY_RELU.derivative(), 0.0, 0.0));
    assertEquals(1, at(UnaryOp.CLAMP.derivative(), 0.3, 0.3));
    assertEquals(1, at(UnaryOp.CLAMP.derivative(), 1.7, 1.7));
    assertEquals(0, at(UnaryOp.CLAMP.derivative(), 1.8, 1.7));
    assertEquals(0, at(BinaryOp.POW.derivative(0), 0, 0));
    assertEquals(0, at(BinaryOp.POW.derivative(1), 0, 2));
  }

  @Test
  void aMaskedInfinityIsZero() {
    double infinity = Double.POSITIVE_INFINITY;
    assertEquals(0, at(UnaryOp.RELU.vjp(), -1, 0, infinity));
    assertEquals(0, at(UnaryOp.SIGN.vjp(), -1, -1, infinity));
    assertEquals(0, at(BinaryOp.MAX.vjp(0), 1, 2, infinity));
    assertEquals(infinity, at(BinaryOp.MAX.vjp(1), 1, 2, infinity));
  }

  @Test
  void unaryTablesAgreeWithDifferentiation() {
    double[] points = {-1.9, -0.6, -0.2, 0.4, 0.7, 1.3, 2.2};
    for (UnaryOp op : UnaryOp.values()) {
      for (double x : points) {
        if (Double.isNaN(at(op.value(), x))) {
          continue; // outside the domain
        }
        double symbolic = at(op.value().derivative(0), x);
        double y = at(op.value(), x);
        double tolerance = 1e-12 * (1 + Math.abs(symbolic));
        String what = op + " at " + x;
        assertEquals(symbolic, at(op.derivative(), x, y), tolerance, what);
        assertEquals(symbolic, at(op.derivativeFromInputs(), x), tolerance, what);
        assertEquals(1.5 * symbolic, at(op.vjp(), x, y, 1.5), 2 * tolerance, what);
      }
    }
  }

  @Test
  void binaryTablesAgreeWithDifferentiation() {
    double[][] points = {{0.3, 0.8}, {1.4, 0.2}, {0.7, -1.2}, {2.0, 2.0}};
    for (BinaryOp op : BinaryOp.values()) {
      boolean isTruth =
          op.label().startsWith("logical")
              || (op.value() instanceof Expr.Binary b && b.operator().isComparison());
      assertEquals(!isTruth, op.isDifferentiable(), op.toString());
      for (double[] p : op.isDifferentiable() ? points : new double[0][]) {
        if ((op == BinaryOp.LOGADDEXP || op == BinaryOp.ATAN2) && p[0] == p[1]) {
          continue; // where the formula, not the function, has a kink
        }
        for (int side = 0; side < 2; side++) {
          double symbolic = at(op.value().derivative(side), p);
          assertEquals(symbolic, at(op.derivative(side), p), 1e-12, op + " by " + side);
          double product = at(op.vjp(side), p[0], p[1], 1.5);
          assertEquals(1.5 * symbolic, product, 1e-11, op + " by " + side);
        }
      }
    }
  }

  @Test
  void everyConstantDescribesItself() {
    for (UnaryOp op : UnaryOp.values()) {
      assertEquals(op.name().toLowerCase(java.util.Locale.ROOT), op.label());
      assertTrue(op.formula().startsWith("y = "), op.formula());
      assertTrue(op.gradient().startsWith("dx = dy * ("), op.gradient());
      assertEquals(op.value().parameterCount(), op.parameters());
      assertEquals(ExprEvaluator.evaluate(Expr.constant(2), NONE, NONE), 2);
      assertTrue(op.domain() != null);
    }
    assertEquals("y = ((x > 0) ? x : alpha * x)", UnaryOp.LEAKY_RELU.formula());
    assertTrue(UnaryOp.TANH.derivativeUsesY());
    assertTrue(!UnaryOp.TANH.derivativeUsesX());
    assertTrue(UnaryOp.LOG.derivativeUsesX());
    assertEquals("da = dy * (b), db = dy * (a)", BinaryOp.MUL.gradient());
    assertEquals("none", BinaryOp.LT.gradient());
    assertEquals("y = a < b", BinaryOp.LT.formula());
    assertEquals("bce_logits", BinaryOp.BCE_LOGITS.label());
    assertEquals("b in [0, 1]", BinaryOp.BCE_LOGITS.domain());
    for (ReduceOp op : ReduceOp.values()) {
      assertTrue(op.formula().contains(op == ReduceOp.MEAN ? "sum" : op.label()));
      assertTrue(op.gradient().startsWith("dx = "));
    }
    assertTrue(!ReduceOp.MAX.allowsEmpty());
    assertTrue(ReduceOp.PROD.allowsEmpty());
  }

  @Test
  void theReferenceInterprets() {
    LoopListing listing =
        new ReferenceBackend().kernels().elementwise().describe(Expr.x().negated(), DType.F32);
    assertEquals("interpreted:\nfor each element: y = -x0;\n", listing.source());
    assertEquals("", listing.instructions());
  }
}
