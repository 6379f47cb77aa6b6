package org.adjoint.autograd.check;

import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;

/**
 * The value of an expression taken over absolute values, which is what its rounding errors are
 * proportional to: |a| + |b| for a ± b, |a|·|b| for a · b, and |f(x)| + |f′(x)|·S(x) for a function
 * of a computed argument (the running error of Higham, Accuracy and Stability of Numerical
 * Algorithms, 2002, section 3.3, to first order). For a sum of products it is the sum of their
 * absolute values.
 */
final class AbsoluteSum {
  /** The derivative of each function, by its ordinal. */
  private static final Expr[] SLOPES = new Expr[Expr.Function.values().length];

  static {
    for (Expr.Function f : Expr.Function.values()) {
      SLOPES[f.ordinal()] = Expr.apply(f, Expr.x()).derivative(0);
    }
  }

  private final double[] operands;
  private final double[] parameters;

  private AbsoluteSum(double[] operands, double[] parameters) {
    this.operands = operands;
    this.parameters = parameters;
  }

  /** Returns S of an expression at one element. */
  static double of(Expr e, double[] operands, double[] parameters) {
    return new AbsoluteSum(operands, parameters).sum(e);
  }

  /** Returns how many terms an expression sums: one more than it has additions. */
  static int terms(Expr e) {
    return 1 + additions(e);
  }

  private static int additions(Expr e) {
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> 0;
      case Expr.Unary u -> additions(u.x());
      case Expr.Binary b ->
          additions(b.a())
              + additions(b.b())
              + (b.operator() == Expr.Operator.ADD || b.operator() == Expr.Operator.SUB ? 1 : 0);
      case Expr.Fma f -> 1 + additions(f.a()) + additions(f.b()) + additions(f.c());
      case Expr.Select s -> Math.max(additions(s.whenTrue()), additions(s.whenFalse()));
    };
  }

  private double value(Expr e) {
    return ExprEvaluator.evaluate(e, operands, parameters);
  }

  private double sum(Expr e) {
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> Math.abs(value(e));
      case Expr.Unary u -> sum(u);
      case Expr.Binary b -> sum(b);
      case Expr.Fma f -> sum(f.a()) * sum(f.b()) + sum(f.c());
      case Expr.Select s -> value(s.condition()) != 0 ? sum(s.whenTrue()) : sum(s.whenFalse());
    };
  }

  private double sum(Expr.Unary u) {
    return switch (u.function()) {
      case NEG, ABS -> sum(u.x());
      case SIGN, FLOOR, CEIL, ROUND -> Math.abs(value(u));
      default -> {
        double x = value(u.x());
        double slope =
            ExprEvaluator.evaluate(SLOPES[u.function().ordinal()], new double[] {x}, new double[0]);
        yield Math.abs(value(u)) + Math.abs(slope) * sum(u.x());
      }
    };
  }

  private double sum(Expr.Binary e) {
    double a = value(e.a());
    double b = value(e.b());
    return switch (e.operator()) {
      case ADD, SUB -> sum(e.a()) + sum(e.b());
      case MUL -> sum(e.a()) * sum(e.b());
      case DIV -> (sum(e.a()) + Math.abs(a / b) * sum(e.b())) / Math.abs(b);
      case MAX, MIN -> value(e) == a ? sum(e.a()) : sum(e.b());
      case POW -> {
        Expr power = Expr.x().with(Expr.Operator.POW, Expr.operand(1));
        double[] at = {a, b};
        double byBase = ExprEvaluator.evaluate(power.derivative(0), at, new double[0]);
        double byExponent = ExprEvaluator.evaluate(power.derivative(1), at, new double[0]);
        yield Math.abs(value(e))
            + Math.abs(byBase) * sum(e.a())
            + Math.abs(byExponent) * sum(e.b());
      }
      case EQ, NE, LT, LE, GT, GE -> Math.abs(value(e));
    };
  }
}
