package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.apply;
import static org.adjoint.kernels.Expr.constant;
import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.select;

import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;

/** The longer formulas of {@link BinaryOp}, over a (operand 0) and b (operand 1). */
final class BinaryFormulas {
  private static final Expr A = Expr.operand(0);
  private static final Expr B = Expr.operand(1);
  private static final Expr ZERO = constant(0);
  private static final Expr ONE = constant(1);

  private BinaryFormulas() {}

  private static Expr abs(Expr e) {
    return apply(Function.ABS, e);
  }

  /** trunc(a/b). */
  static Expr truncated() {
    Expr q = A.over(B);
    return select(q.with(Operator.LT, ZERO), apply(Function.CEIL, q), apply(Function.FLOOR, q));
  }

  /** floor(a/b). */
  static Expr floored() {
    return apply(Function.FLOOR, A.over(B));
  }

  /**
   * a − q·b is exact. The quotient may have been rounded up to an integer: then q is one too far
   * from 0 and the rest has the wrong sign.
   */
  static Expr fmod() {
    Expr r = fma(truncated().negated(), B, A);
    return select(
        r.times(apply(Function.SIGN, A)).with(Operator.LT, ZERO),
        r.plus(apply(Function.SIGN, A).times(abs(B))),
        r);
  }

  /** As {@link #fmod}: the floor of a quotient that was rounded up is one too large. */
  static Expr remainder() {
    Expr r = fma(floored().negated(), B, A);
    return select(r.times(apply(Function.SIGN, B)).with(Operator.LT, ZERO), r.plus(B), r);
  }

  /** As {@link #remainder}: one less where the rest has the wrong sign. */
  static Expr floorDivide() {
    Expr r = fma(floored().negated(), B, A);
    return select(
        r.times(apply(Function.SIGN, B)).with(Operator.LT, ZERO), floored().minus(ONE), floored());
  }

  /** Whether a number is below 0 or is −0. */
  private static Expr isNegative(Expr e) {
    return select(e.with(Operator.EQ, ZERO), ONE.over(e), e).with(Operator.LT, ZERO);
  }

  /** 1 unless the number is 0. */
  static Expr isTrue(Expr e) {
    return e.with(Operator.NE, ZERO);
  }

  /**
   * The angle of the smaller over the larger modulus, at most π/4, mirrored at the diagonal and the
   * axes.
   */
  static Expr atan2() {
    Expr m = abs(A).with(Operator.MAX, abs(B));
    Expr n = abs(A).with(Operator.MIN, abs(B));
    Expr ratio = select(m.with(Operator.EQ, n), apply(Function.SIGN, m), n.over(m));
    Expr angle = apply(Function.ATAN, ratio);
    Expr steep =
        select(abs(A).with(Operator.GT, abs(B)), constant(Math.PI / 2).minus(angle), angle);
    Expr modulus = select(isNegative(B), constant(Math.PI).minus(steep), steep);
    return select(isNegative(A), modulus.negated(), modulus);
  }

  /** side/(a² + b²), and 0 where both are 0. */
  static Expr atan2Derivative(Expr side) {
    Expr square = fma(A, A, B.times(B));
    return select(square.with(Operator.EQ, ZERO), ZERO, side.over(square));
  }

  static Expr xlogy() {
    Expr isNothing = A.with(Operator.EQ, ZERO).times(B.with(Operator.EQ, B));
    return select(isNothing, ZERO, A.times(apply(Function.LOG, B)));
  }

  static Expr xlogyDerivative() {
    Expr isNothing = A.with(Operator.EQ, ZERO).times(B.with(Operator.LE, ZERO));
    return select(isNothing, ZERO, apply(Function.LOG, B));
  }

  static Expr copySign() {
    return select(isNegative(B), abs(A).negated(), abs(A));
  }

  static Expr copySignDerivative() {
    Expr sign = apply(Function.SIGN, A);
    return select(isNegative(B), sign.negated(), sign);
  }

  /** m·√(1 + (n/m)²) with m the larger modulus. */
  static Expr hypot() {
    Expr m = abs(A).with(Operator.MAX, abs(B));
    Expr n = abs(A).with(Operator.MIN, abs(B));
    Expr ratio = n.over(m);
    return select(
        m.with(Operator.EQ, n),
        constant(Math.sqrt(2)).times(m),
        m.times(apply(Function.SQRT, fma(ratio, ratio, ONE))));
  }

  /** side/√(a² + b²), and 0 where both are 0. */
  static Expr hypotDerivative(Expr side) {
    Expr y = hypot();
    return select(y.with(Operator.EQ, ZERO), ZERO, side.over(y));
  }

  /** Two equal infinities, which have no difference, give themselves. */
  static Expr logAddExp() {
    Expr tail = apply(Function.EXP, abs(A.minus(B)).negated());
    return select(
        A.with(Operator.EQ, B),
        A.plus(constant(Math.log(2))),
        A.with(Operator.MAX, B).plus(apply(Function.LOG1P, tail)));
  }
}
