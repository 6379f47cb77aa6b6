package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.apply;
import static org.adjoint.kernels.Expr.constant;
import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.kernels.Expr.select;

import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;

/**
 * The longer formulas of {@link UnaryOp}, over x (operand 0) and alpha, beta (parameters 0, 1),
 * written so that nothing overflows or cancels that need not.
 */
final class UnaryFormulas {
  /** The scale λ of SELU, a root of the moment equations of Klambauer et al. (2017). */
  static final double SELU_SCALE = 1.0507009873554804934193349852946;

  /** α of SELU. */
  static final double SELU_ALPHA = 1.6732632423543772848170429916717;

  /** Where x² + 1 is x² in float64, and x² is still far from overflow in float32. */
  private static final double LARGE = 0x1p28;

  private static final Expr X = Expr.operand(0);
  private static final Expr ALPHA = parameter(0);
  private static final Expr BETA = parameter(1);
  private static final Expr ZERO = constant(0);
  private static final Expr HALF = constant(0.5);
  private static final Expr ONE = constant(1);
  private static final Expr TWO = constant(2);
  private static final Expr LN2 = constant(Math.log(2));
  private static final Expr MODULUS = apply(Function.ABS, X);
  private static final Expr SIGN = apply(Function.SIGN, X);

  private UnaryFormulas() {}

  private static Expr isNegative(Expr whenTrue, Expr whenFalse) {
    return select(X.with(Operator.LT, ZERO), whenTrue, whenFalse);
  }

  private static Expr sqrt(Expr e) {
    return apply(Function.SQRT, e);
  }

  private static Expr log1p(Expr e) {
    return apply(Function.LOG1P, e);
  }

  /** The integer next to x towards 0. */
  static Expr trunc() {
    return isNegative(apply(Function.CEIL, X), apply(Function.FLOOR, X));
  }

  /** e^(|x|/2), whose square is e^|x| without overflow on the way. */
  private static Expr root() {
    return apply(Function.EXP, HALF.times(MODULUS));
  }

  /** (e^|x| − e^−|x|)/2 with the sign of x; by eˣ − 1 where the two are near each other. */
  static Expr sinh() {
    Expr e = apply(Function.EXPM1, X);
    Expr near = HALF.times(e.plus(e.over(e.plus(ONE))));
    Expr far = HALF.times(root()).times(root()).minus(HALF.over(root().times(root())));
    return select(MODULUS.with(Operator.LT, ONE), near, SIGN.times(far));
  }

  static Expr cosh() {
    return HALF.times(root()).times(root()).plus(HALF.over(root().times(root())));
  }

  /** √(1 − x²), the cosine of arcsin x, without cancellation at ±1. */
  static Expr cosineOfAsin() {
    return sqrt(ONE.minus(X).times(ONE.plus(X)));
  }

  /** arctan of sine over cosine. */
  static Expr asin() {
    return apply(Function.ATAN, X.over(cosineOfAsin()));
  }

  /** 2·arctan √((1 − x)/(1 + x)), the tangent of the half angle. */
  static Expr acos() {
    return TWO.times(apply(Function.ATAN, sqrt(ONE.minus(X).over(ONE.plus(X)))));
  }

  /** ln(x/(1 − x)), from ¼ on as ln(1 + …) because it vanishes at ½. */
  static Expr logit() {
    Expr near = log1p(TWO.times(X).minus(ONE).over(ONE.minus(X)));
    return select(
        X.with(Operator.LT, constant(0.25)), apply(Function.LOG, X.over(ONE.minus(X))), near);
  }

  /** ln(|x| + √(x² + 1)) with the sign of x, as ln(1 + …) because it vanishes at 0. */
  static Expr asinh() {
    Expr square = MODULUS.times(MODULUS);
    Expr near = log1p(MODULUS.plus(square.over(ONE.plus(sqrt(square.plus(ONE))))));
    return SIGN.times(
        select(MODULUS.with(Operator.GT, constant(LARGE)), logOfTwice(MODULUS), near));
  }

  /** ln(x + √(x² − 1)), as ln(1 + …) because it vanishes at 1. */
  static Expr acosh() {
    Expr t = X.minus(ONE);
    Expr near = log1p(t.plus(sqrt(t).times(sqrt(t.plus(TWO)))));
    return select(X.with(Operator.GT, constant(LARGE)), logOfTwice(X), near);
  }

  /** ln 2x. */
  private static Expr logOfTwice(Expr x) {
    return apply(Function.LOG, x).plus(LN2);
  }

  static Expr acoshDerivative() {
    return ONE.over(sqrt(X.minus(ONE)).times(sqrt(X.plus(ONE))));
  }

  /** ½ ln((1 + |x|)/(1 − |x|)) with the sign of x. */
  static Expr atanh() {
    return SIGN.times(HALF).times(log1p(TWO.times(MODULUS).over(ONE.minus(MODULUS))));
  }

  /** −(max(−x, 0) + ln(1 + e^−|x|)), which is −0 where it vanishes. */
  static Expr logSigmoid() {
    Expr tail = log1p(apply(Function.EXP, MODULUS.negated()));
    return X.negated().with(Operator.MAX, ZERO).plus(tail).negated();
  }

  static Expr selu() {
    Expr below = constant(SELU_SCALE * SELU_ALPHA).times(apply(Function.EXPM1, X));
    return select(X.with(Operator.GT, ZERO), constant(SELU_SCALE).times(X), below);
  }

  static Expr seluDerivative() {
    Expr below = constant(SELU_SCALE * SELU_ALPHA).times(apply(Function.EXP, X));
    return select(X.with(Operator.GT, ZERO), constant(SELU_SCALE), below);
  }

  static Expr celu() {
    Expr below = ALPHA.times(apply(Function.EXPM1, X.over(ALPHA)));
    return select(X.with(Operator.GT, ZERO), X, below);
  }

  static Expr celuDerivative() {
    return select(X.with(Operator.GT, ZERO), ONE, apply(Function.EXP, X.over(ALPHA)));
  }

  /**
   * x·tanh(ln(1 + eˣ)) = x·(t² + 2t)/(t² + 2t + 2) with t = eˣ, above 0 divided by t². As t = h²
   * with h = e^(−|x|/2) multiplies twice, a result that is subnormal rounds once.
   */
  static Expr mish() {
    Expr h = apply(Function.EXP, constant(-0.5).times(MODULUS));
    Expr t = h.times(h);
    Expr factor = isNegative(h, ONE);
    Expr over = isNegative(t.plus(TWO), fma(TWO, t, ONE));
    Expr under = isNegative(fma(t, t.plus(TWO), TWO), fma(TWO.times(t), t.plus(ONE), ONE));
    return X.times(factor).times(over.over(under)).times(factor);
  }

  /** w + x·sigmoid(x)·(1 − w²) with w = tanh(ln(1 + eˣ)). */
  static Expr mishDerivative() {
    Expr tail = apply(Function.EXP, MODULUS.negated());
    Expr w = apply(Function.TANH, X.with(Operator.MAX, ZERO).plus(log1p(tail)));
    return fma(X.times(apply(Function.SIGMOID, X)), ONE.minus(w.times(w)), w);
  }

  static Expr softsignDerivative() {
    Expr root = ONE.plus(MODULUS);
    return ONE.over(root.times(root));
  }

  static Expr limited(Expr low, Expr high) {
    return X.with(Operator.MAX, low).with(Operator.MIN, high);
  }

  /** The derivative of {@link #limited}: 1 strictly between the bounds. */
  static Expr within(Expr low, Expr high, Expr slope) {
    return select(X.with(Operator.LE, low), ZERO, select(X.with(Operator.GE, high), ZERO, slope));
  }

  /** min(max(x + 3, 0), 6) / 6. */
  static Expr hardSigmoid() {
    Expr six = constant(6);
    return X.plus(constant(3)).with(Operator.MAX, ZERO).with(Operator.MIN, six).over(six);
  }

  static Expr hardSwishDerivative() {
    Expr three = constant(3);
    Expr middle = X.over(three).plus(HALF);
    return select(
        X.with(Operator.LE, three.negated()),
        ZERO,
        select(X.with(Operator.GE, three), ONE, middle));
  }

  /** x less its part in [−alpha, alpha]. */
  static Expr softShrink() {
    return X.minus(limited(ALPHA.negated(), ALPHA));
  }

  /** {@code whenLarge} where |x| exceeds alpha, else 0. */
  static Expr beyondAlpha(Expr whenLarge) {
    return select(MODULUS.with(Operator.LE, ALPHA), ZERO, whenLarge);
  }

  static Expr threshold(Expr below, Expr above) {
    return select(X.with(Operator.LE, ALPHA), below, above);
  }

  static Expr hardTanh() {
    return limited(ALPHA, BETA);
  }

  static Expr hardTanhDerivative() {
    return within(ALPHA, BETA, ONE);
  }
}
