package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.constant;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.kernels.Expr.select;

import java.util.List;
import java.util.Locale;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;

/**
 * The element-wise functions of one tensor, each with its value f and its derivative f′.
 *
 * <p>f is written over {@code x} (operand 0); f′ over {@code x} (operand 0) and {@code y = f(x)}
 * (operand 1), whichever is cheaper. Parameters 0 and 1 are {@code alpha} and {@code beta}. {@link
 * #derivativeFromInputs} is f′ over x alone, which can be differentiated again.
 */
public enum UnaryOp {
  /** −x. */
  NEG(X.X.negated(), constant(-1), ""),
  /** |x|; f′(0) = 0. */
  ABS(X.f(Function.ABS), X.f(Function.SIGN), "f'(0) = 0"),
  /** −1, 0 or 1; keeps −0 and NaN; f′ = 0 everywhere. */
  SIGN(X.f(Function.SIGN), X.ZERO, "f' = 0 everywhere"),
  /** eˣ. */
  EXP(X.f(Function.EXP), X.Y, ""),
  /** ln x. */
  LOG(X.f(Function.LOG), X.ONE.over(X.X), "x > 0; -inf at 0, NaN below"),
  /** 2ˣ. */
  EXP2(constant(2).with(Operator.POW, X.X), constant(Math.log(2)).times(X.Y), ""),
  /** log₂ x. */
  LOG2(
      X.f(Function.LOG).times(constant(1 / Math.log(2))),
      constant(1 / Math.log(2)).over(X.X),
      "x > 0; -inf at 0, NaN below"),
  /** log₁₀ x. */
  LOG10(
      X.f(Function.LOG).times(constant(1 / Math.log(10))),
      constant(1 / Math.log(10)).over(X.X),
      "x > 0; -inf at 0, NaN below"),
  /** ln(1 + x). */
  LOG1P(X.f(Function.LOG1P), X.ONE.over(X.X.plus(X.ONE)), "x > -1; -inf at -1, NaN below"),
  /** eˣ − 1. */
  EXPM1(X.f(Function.EXPM1), X.Y.plus(X.ONE), ""),
  /** √x. */
  SQRT(X.f(Function.SQRT), X.HALF.over(X.Y), "x >= 0, NaN below; f'(0) = inf"),
  /** 1/√x. */
  RSQRT(
      X.ONE.over(X.f(Function.SQRT)),
      constant(-0.5).times(X.Y).over(X.X),
      "x > 0; inf at 0, NaN below"),
  /** 1/x. */
  RECIPROCAL(X.ONE.over(X.X), X.Y.times(X.Y).negated(), "x != 0; inf with the sign of x at 0"),
  /** x². */
  SQUARE(X.X.times(X.X), constant(2).times(X.X), ""),
  /** sin x, radians. */
  SIN(X.f(Function.SIN), X.f(Function.COS), "NaN at infinities"),
  /** cos x, radians. */
  COS(X.f(Function.COS), X.f(Function.SIN).negated(), "NaN at infinities"),
  /** tan x, radians. */
  TAN(X.f(Function.SIN).over(X.f(Function.COS)), X.ONE.plus(X.Y.times(X.Y)), "NaN at infinities"),
  /** The angle in [−π/2, π/2] whose sine is x. */
  ASIN(
      UnaryFormulas.asin(),
      X.ONE.over(UnaryFormulas.cosineOfAsin()),
      "-1 <= x <= 1, NaN beyond; f'(1) = f'(-1) = inf"),
  /** The angle in [0, π] whose cosine is x. */
  ACOS(
      UnaryFormulas.acos(),
      constant(-1).over(UnaryFormulas.cosineOfAsin()),
      "-1 <= x <= 1, NaN beyond; f'(1) = f'(-1) = -inf"),
  /** The angle in [−π/2, π/2] whose tangent is x. */
  ATAN(X.f(Function.ATAN), X.ONE.over(Expr.fma(X.X, X.X, X.ONE)), ""),
  /** (eˣ − e⁻ˣ)/2. */
  SINH(UnaryFormulas.sinh(), UnaryFormulas.cosh(), ""),
  /** (eˣ + e⁻ˣ)/2. */
  COSH(UnaryFormulas.cosh(), UnaryFormulas.sinh(), ""),
  /** The inverse of sinh: ln(x + √(x² + 1)). */
  ASINH(
      UnaryFormulas.asinh(), X.ONE.over(Expr.apply(Function.SQRT, Expr.fma(X.X, X.X, X.ONE))), ""),
  /** The inverse of cosh: ln(x + √(x² − 1)). */
  ACOSH(UnaryFormulas.acosh(), UnaryFormulas.acoshDerivative(), "x >= 1, NaN below; f'(1) = inf"),
  /** The inverse of tanh: ½ ln((1 + x)/(1 − x)). */
  ATANH(
      UnaryFormulas.atanh(),
      X.ONE.over(X.ONE.minus(X.X).times(X.ONE.plus(X.X))),
      "-1 < x < 1; infinite at 1 and -1, NaN beyond"),
  /** tanh x. */
  TANH(X.f(Function.TANH), X.ONE.minus(X.Y.times(X.Y)), ""),
  /** 1/(1 + e⁻ˣ). */
  SIGMOID(X.f(Function.SIGMOID), X.Y.times(X.ONE.minus(X.Y)), ""),
  /** ln(x/(1 − x)), the inverse of the sigmoid. */
  LOGIT(
      UnaryFormulas.logit(),
      X.ONE.over(X.X.times(X.ONE.minus(X.X))),
      "0 < x < 1; infinite at 0 and 1, NaN beyond"),
  /** max(x, 0); f′(0) = 0. The derivative asks y, so that x need not be kept. */
  RELU(
      X.where(Operator.LE, X.ZERO, X.X),
      Expr.select(X.Y.with(Operator.LE, X.ZERO), X.ZERO, X.ONE),
      "f'(0) = 0"),
  /** x above 0, alpha·x below; f′(0) = alpha. */
  LEAKY_RELU(
      X.where(Operator.GT, X.X, X.ALPHA.times(X.X)),
      X.where(Operator.GT, X.ONE, X.ALPHA),
      "f'(0) = alpha"),
  /** x above 0, alpha·(eˣ − 1) below (Clevert et al., 2016); f′(0) = alpha. */
  ELU(
      X.where(Operator.GT, X.X, X.ALPHA.times(X.f(Function.EXPM1))),
      X.where(Operator.GT, X.ONE, X.ALPHA.times(X.f(Function.EXP))),
      "f'(0) = alpha"),
  /** λx above 0, λα(eˣ − 1) below (Klambauer et al., 2017); f′(0) = λα. */
  SELU(UnaryFormulas.selu(), UnaryFormulas.seluDerivative(), "f'(0) = 1.758..."),
  /** x above 0, alpha·(e^(x/alpha) − 1) below (Barron, 2017). */
  CELU(UnaryFormulas.celu(), UnaryFormulas.celuDerivative(), ""),
  /** x·Φ(x) with the normal distribution Φ (Hendrycks and Gimpel, 2016). */
  GELU(X.X.times(X.phi()), X.phi().plus(X.X.times(X.density())), ""),
  /** The approximation of GELU by tanh (Hendrycks and Gimpel, 2016). */
  GELU_TANH(X.HALF.times(X.X).times(X.ONE.plus(X.geluTanh())), X.geluTanhDerivative(), ""),
  /** x·sigmoid(x), also called swish (Ramachandran et al., 2017). */
  SILU(X.silu(), X.siluDerivative(), ""),
  /** ln(1 + eˣ), computed as max(x, 0) + ln(1 + e^−|x|). */
  SOFTPLUS(X.softplus(), X.f(Function.SIGMOID), ""),
  /** ln sigmoid(x) = −ln(1 + e⁻ˣ). */
  LOGSIGMOID(UnaryFormulas.logSigmoid(), Expr.apply(Function.SIGMOID, X.X.negated()), ""),
  /** x·tanh(ln(1 + eˣ)) (Misra, 2019). */
  MISH(UnaryFormulas.mish(), UnaryFormulas.mishDerivative(), ""),
  /** x/(1 + |x|) (Turian et al., 2009). */
  SOFTSIGN(X.X.over(X.ONE.plus(X.f(Function.ABS))), UnaryFormulas.softsignDerivative(), ""),
  /** x − tanh x. */
  TANHSHRINK(X.X.minus(X.f(Function.TANH)), X.f(Function.TANH).times(X.f(Function.TANH)), ""),
  /** x limited to [0, 6] (Krizhevsky, 2010); f′(0) = f′(6) = 0. */
  RELU6(
      UnaryFormulas.limited(X.ZERO, constant(6)),
      UnaryFormulas.within(X.ZERO, constant(6), X.ONE),
      "f'(0) = f'(6) = 0"),
  /** x limited to [alpha, beta]; f′(alpha) = f′(beta) = 0, unlike {@link #CLAMP}. */
  HARDTANH(
      UnaryFormulas.hardTanh(), UnaryFormulas.hardTanhDerivative(), "f'(alpha) = f'(beta) = 0"),
  /** min(max(x + 3, 0), 6)/6 (Howard et al., 2019); f′(−3) = f′(3) = 0. */
  HARDSIGMOID(
      UnaryFormulas.hardSigmoid(),
      UnaryFormulas.within(constant(-3), constant(3), constant(1.0 / 6)),
      "f'(-3) = f'(3) = 0"),
  /** x·hardsigmoid(x) (Howard et al., 2019); f′(−3) = 0, f′(3) = 1. */
  HARDSWISH(
      X.X.times(UnaryFormulas.hardSigmoid()),
      UnaryFormulas.hardSwishDerivative(),
      "f'(-3) = 0, f'(3) = 1"),
  /** x − alpha above alpha, x + alpha below −alpha, else 0; f′(±alpha) = 0. */
  SOFTSHRINK(
      UnaryFormulas.softShrink(), UnaryFormulas.beyondAlpha(X.ONE), "f'(alpha) = f'(-alpha) = 0"),
  /** x where |x| exceeds alpha, else 0; f′(±alpha) = 0. */
  HARDSHRINK(
      UnaryFormulas.beyondAlpha(X.X),
      UnaryFormulas.beyondAlpha(X.ONE),
      "f'(alpha) = f'(-alpha) = 0"),
  /** x above alpha, else beta; f′(alpha) = 0. */
  THRESHOLD(
      UnaryFormulas.threshold(X.BETA, X.X),
      UnaryFormulas.threshold(X.ZERO, X.ONE),
      "f'(alpha) = 0"),
  /** 2/√π ∫₀ˣ e⁻ᵗ² dt. */
  ERF(X.f(Function.ERF), constant(2 / Math.sqrt(Math.PI)).times(X.gauss(1)), ""),
  /** 1 − erf x. */
  ERFC(X.f(Function.ERFC), constant(-2 / Math.sqrt(Math.PI)).times(X.gauss(1)), ""),
  /** The number whose erf is x. */
  ERFINV(
      X.f(Function.ERFINV),
      constant(Math.sqrt(Math.PI) / 2).times(Expr.apply(Function.EXP, X.Y.times(X.Y))),
      "-1 < x < 1; infinite at 1 and -1, NaN beyond"),
  /** Largest integer not above x; f′ = 0 everywhere. */
  FLOOR(X.f(Function.FLOOR), X.ZERO, "f' = 0 everywhere"),
  /** Smallest integer not below x; f′ = 0 everywhere. */
  CEIL(X.f(Function.CEIL), X.ZERO, "f' = 0 everywhere"),
  /** Nearest integer, halves to even; f′ = 0 everywhere. */
  ROUND(X.f(Function.ROUND), X.ZERO, "halves to even; f' = 0 everywhere"),
  /** The integer next to x towards 0; f′ = 0 everywhere. */
  TRUNC(UnaryFormulas.trunc(), X.ZERO, "f' = 0 everywhere"),
  /** x − trunc(x); f′ = 1 everywhere. */
  FRAC(X.X.minus(UnaryFormulas.trunc()), X.ONE, "f' = 1 everywhere"),
  /** x to the power alpha. */
  POW_SCALAR(
      X.X.with(Operator.POW, X.ALPHA),
      ExprDerivative.powByBase(X.X, X.ALPHA),
      "NaN for x < 0 unless alpha is an integer"),
  /** x limited to [alpha, beta]; f′ = 1 on the closed interval. */
  CLAMP(
      X.X.with(Operator.MAX, X.ALPHA).with(Operator.MIN, X.BETA),
      select(
          X.X.with(Operator.LT, X.ALPHA),
          X.ZERO,
          select(X.X.with(Operator.GT, X.BETA), X.ZERO, X.ONE)),
      "f'(alpha) = f'(beta) = 1"),
  /** x + alpha. */
  ADD_SCALAR(X.X.plus(X.ALPHA), X.ONE, ""),
  /** alpha·x. */
  MUL_SCALAR(X.X.times(X.ALPHA), X.ALPHA, "");

  private static final List<String> PARAMETERS = List.of("alpha", "beta");

  private final Expr value;
  private final Expr derivative;
  private final Expr vjp;
  private final Expr derivativeFromInputs;
  private final String domain;
  private final String label;

  UnaryOp(Expr value, Expr derivative, String domain) {
    this.value = value;
    this.derivative = derivative;
    this.vjp = ExprDerivative.times(Expr.operand(2), derivative);
    this.derivativeFromInputs = derivative.substitute(List.of(Expr.operand(0), value));
    this.domain = domain;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /** f over x (operand 0) and alpha, beta (parameters 0, 1). */
  public Expr value() {
    return value;
  }

  /** f′ over x (operand 0), y = f(x) (operand 1) and alpha, beta (parameters 0, 1). */
  public Expr derivative() {
    return derivative;
  }

  /**
   * The vector-Jacobian product dy·f′ over x (operand 0), y (operand 1) and dy (operand 2). Where
   * f′ is a selection of 0, so is the product, even if dy is infinite.
   */
  public Expr vjp() {
    return vjp;
  }

  /** f′ over x alone: y is replaced by f(x). Its {@link Expr#derivative} by operand 0 is f″. */
  public Expr derivativeFromInputs() {
    return derivativeFromInputs;
  }

  /** The name as users type it: {@code leaky_relu}. */
  public String label() {
    return label;
  }

  /** The value as a formula. */
  public String formula() {
    return "y = " + value.text(List.of("x"), PARAMETERS);
  }

  /** The gradient as a formula. */
  public String gradient() {
    return "dx = dy * (" + derivative.text(List.of("x", "y"), PARAMETERS) + ")";
  }

  /** Where the function is defined and which subgradient is taken at kinks; may be empty. */
  public String domain() {
    return domain;
  }

  /** How many of alpha and beta it takes: 0, 1 or 2. */
  public int parameters() {
    return value.parameterCount();
  }

  /** Whether f′ reads x. */
  public boolean derivativeUsesX() {
    return ExprWalk.uses(derivative, 0);
  }

  /** Whether f′ reads y. */
  public boolean derivativeUsesY() {
    return ExprWalk.uses(derivative, 1);
  }

  /** The sub-expressions that the constants above share. */
  private static final class X {
    static final Expr X = Expr.operand(0);
    static final Expr Y = Expr.operand(1);
    static final Expr ALPHA = parameter(0);
    static final Expr BETA = parameter(1);
    static final Expr ZERO = constant(0);
    static final Expr HALF = constant(0.5);
    static final Expr ONE = constant(1);

    private X() {}

    static Expr f(Function function) {
      return Expr.apply(function, X);
    }

    static Expr where(Operator compare, Expr whenTrue, Expr whenFalse) {
      return select(X.with(compare, ZERO), whenTrue, whenFalse);
    }

    /** e^(−x²·scale). */
    static Expr gauss(double scale) {
      Expr square = X.times(X);
      return Expr.apply(
          Function.EXP, scale == 1 ? square.negated() : constant(-scale).times(square));
    }

    /** Φ(x) = (1 + erf(x/√2)) / 2. */
    static Expr phi() {
      return HALF.times(ONE.plus(Expr.apply(Function.ERF, X.times(constant(Math.sqrt(0.5))))));
    }

    /** Φ′(x). */
    static Expr density() {
      return constant(1 / Math.sqrt(2 * Math.PI)).times(gauss(0.5));
    }

    static Expr geluTanh() {
      Expr cubic = Expr.fma(constant(0.044715).times(X.times(X)), X, X);
      return Expr.apply(Function.TANH, constant(Math.sqrt(2 / Math.PI)).times(cubic));
    }

    static Expr geluTanhDerivative() {
      Expr t = geluTanh();
      Expr slope =
          constant(Math.sqrt(2 / Math.PI)).times(Expr.fma(constant(3 * 0.044715), X.times(X), ONE));
      return HALF.times(ONE.plus(t)).plus(HALF.times(X).times(ONE.minus(t.times(t))).times(slope));
    }

    /**
     * With h = e^(−|x|/2): x/(1 + h²), below 0 x·h·h/(1 + h²). Multiplied by h twice, a result that
     * is subnormal rounds once; x·sigmoid(x) would multiply a rounded subnormal.
     */
    static Expr silu() {
      Expr h = Expr.apply(Function.EXP, constant(-0.5).times(f(Function.ABS)));
      Expr t = where(Operator.LT, h, ONE);
      return X.times(t).times(t).over(Expr.fma(h, h, ONE));
    }

    static Expr siluDerivative() {
      Expr s = f(Function.SIGMOID);
      return s.times(ONE.plus(X.times(ONE.minus(s))));
    }

    static Expr softplus() {
      Expr tail = Expr.apply(Function.EXP, f(Function.ABS).negated());
      return X.with(Operator.MAX, ZERO).plus(Expr.apply(Function.LOG1P, tail));
    }
  }
}
