package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.constant;

import org.adjoint.kernels.Expr.Constant;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.Expr.Select;
import org.adjoint.kernels.Expr.Unary;

/**
 * Symbolic differentiation of {@link Expr} by the chain rule. Terms that are zero and factors that
 * are one are dropped on the way: a derivative of a constant is exactly 0 whatever the operands
 * hold, so {@code 0 · NaN} must not appear.
 */
final class ExprDerivative {
  private static final Expr ZERO = constant(0);
  private static final Expr ONE = constant(1);
  private static final Expr HALF = constant(0.5);

  private ExprDerivative() {}

  static Expr of(Expr e, int i) {
    return switch (e) {
      case Expr.Operand o -> o.index() == i ? ONE : ZERO;
      case Expr.Parameter _, Constant _ -> ZERO;
      case Unary u -> {
        Expr inner = of(u.x(), i);
        yield isZero(inner) ? ZERO : times(inner, unary(u));
      }
      case Expr.Binary b -> {
        Expr da = of(b.a(), i);
        Expr db = of(b.b(), i);
        yield isZero(da) && isZero(db) ? ZERO : binary(b, da, db);
      }
      case Expr.Fma f ->
          plus(plus(times(of(f.a(), i), f.b()), times(of(f.b(), i), f.a())), of(f.c(), i));
      case Select s -> {
        Expr t = of(s.whenTrue(), i);
        Expr f = of(s.whenFalse(), i);
        yield t.equals(f) ? t : new Select(s.condition(), t, f);
      }
    };
  }

  /** f′ at the argument of {@code u}. */
  private static Expr unary(Unary u) {
    Expr x = u.x();
    return switch (u.function()) {
      case NEG -> constant(-1);
      case ABS -> new Unary(Function.SIGN, x);
      case SIGN, FLOOR, CEIL, ROUND -> ZERO;
      case SQRT -> HALF.over(u);
      case EXP -> u;
      case EXPM1 -> new Unary(Function.EXP, x);
      case LOG -> ONE.over(x);
      case LOG1P -> ONE.over(ONE.plus(x));
      case SIN -> new Unary(Function.COS, x);
      case COS -> new Unary(Function.SIN, x).negated();
      case ATAN -> ONE.over(Expr.fma(x, x, ONE));
      case TANH -> ONE.minus(u.times(u));
      case SIGMOID -> u.times(ONE.minus(u));
      case ERF ->
          constant(2 / Math.sqrt(Math.PI)).times(new Unary(Function.EXP, x.times(x).negated()));
      case ERFC ->
          constant(-2 / Math.sqrt(Math.PI)).times(new Unary(Function.EXP, x.times(x).negated()));
      case ERFINV -> constant(Math.sqrt(Math.PI) / 2).times(new Unary(Function.EXP, u.times(u)));
    };
  }

  private static Expr binary(Expr.Binary e, Expr da, Expr db) {
    Expr a = e.a();
    Expr b = e.b();
    return switch (e.operator()) {
      case ADD -> plus(da, db);
      case SUB -> minus(da, db);
      case MUL -> plus(times(da, b), times(db, a));
      case DIV -> minus(isZero(da) ? ZERO : da.over(b), isZero(db) ? ZERO : times(db, e.over(b)));
      case MAX -> plus(times(da, share(a, b, Operator.LT)), times(db, share(b, a, Operator.LT)));
      case MIN -> plus(times(da, share(a, b, Operator.GT)), times(db, share(b, a, Operator.GT)));
      case POW -> plus(times(da, powByBase(a, b)), times(db, powByExponent(a, b, e)));
      case EQ, NE, LT, LE, GT, GE -> ZERO;
    };
  }

  /** 1 if a wins, ½ on a tie, 0 if it loses; NaN counts as a win, so that it is seen. */
  static Expr share(Expr a, Expr b, Operator loses) {
    return new Select(a.with(Operator.EQ, b), HALF, new Select(a.with(loses, b), ZERO, ONE));
  }

  /** b·a^(b−1), and 0 where b is 0. */
  static Expr powByBase(Expr a, Expr b) {
    if (b instanceof Constant(double v)) {
      if (v == 0 || v == 1) {
        return v == 0 ? ZERO : ONE;
      }
      return b.times(v == 2 ? a : a.with(Operator.POW, constant(v - 1)));
    }
    return new Select(b.with(Operator.EQ, ZERO), ZERO, b.times(a.with(Operator.POW, b.minus(ONE))));
  }

  /** y·ln a, and 0 where a is 0 and b is not negative: the limit of aᵇ ln a. */
  static Expr powByExponent(Expr a, Expr b, Expr y) {
    Expr flat = a.with(Operator.EQ, ZERO).times(b.with(Operator.GE, ZERO));
    return new Select(flat, ZERO, y.times(new Unary(Function.LOG, a)));
  }

  private static boolean isZero(Expr e) {
    return e instanceof Constant(double v) && v == 0;
  }

  private static boolean isConstant(Expr e, double value) {
    return e instanceof Constant(double v) && v == value;
  }

  private static Expr plus(Expr a, Expr b) {
    if (isZero(a) || isZero(b)) {
      return isZero(a) ? b : a;
    }
    return a.plus(b);
  }

  private static Expr minus(Expr a, Expr b) {
    if (isZero(a) || isZero(b)) {
      return isZero(b) ? a : negated(b);
    }
    return a.minus(b);
  }

  private static Expr negated(Expr e) {
    return e instanceof Constant(double v) ? constant(-v) : e.negated();
  }

  /**
   * The product, without the factors 1 and −1; a selection that may choose 0 takes the other factor
   * inside, so that a masked infinity is 0 and not NaN.
   */
  static Expr times(Expr a, Expr b) {
    if (isZero(a) || isZero(b)) {
      return ZERO;
    }
    if (isConstant(a, 1) || isConstant(b, 1)) {
      return isConstant(a, 1) ? b : a;
    }
    if (isConstant(a, -1) || isConstant(b, -1)) {
      return negated(isConstant(a, -1) ? b : a);
    }
    if (b instanceof Select s && isMask(s)) {
      return new Select(s.condition(), times(a, s.whenTrue()), times(a, s.whenFalse()));
    }
    if (a instanceof Select s && isMask(s)) {
      return new Select(s.condition(), times(s.whenTrue(), b), times(s.whenFalse(), b));
    }
    return a.times(b);
  }

  /** Whether a selection chooses 0 somewhere. */
  private static boolean isMask(Select s) {
    return choosesZero(s.whenTrue()) || choosesZero(s.whenFalse());
  }

  private static boolean choosesZero(Expr e) {
    return isZero(e) || e instanceof Select s && isMask(s);
  }
}
