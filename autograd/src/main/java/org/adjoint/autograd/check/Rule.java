package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;

/**
 * How the results of a case are judged against the float64 reference r. Where rounding is allowed,
 *
 * <pre>|x − r| ≤ u · (4·|r| + 4·√n·S)    u = 2⁻²⁴ for float32, 2⁻⁵³ for float64</pre>
 *
 * with n the number of summed terms and S their sum in absolute values. A rule only says how S and
 * n are had; no case chooses its own tolerance.
 */
public final class Rule {
  /** How S is had. */
  enum Kind {
    /** The value and the gradient must be the reference's: nothing is computed. */
    COPY,
    /** The value must be the reference's, rounded; gradients are sums of copies of dy. */
    EXACT,
    /** S = f(|x|): f is linear in each operand and has no negative coefficients. */
    MULTILINEAR,
    /** S from the expression of the op, see {@link AbsoluteSum}. */
    ELEMENTWISE,
    /** S from the op's own gradients on the reference, see {@link RunningSum}. */
    SENSITIVITY,
    /** A random draw: the same bits as the reference in the same type. */
    DRAW
  }

  private final Kind kind;
  private final int ulps;
  private final int terms;
  private final List<Expr> expressions;
  private final double[] parameters;

  private Rule(Kind kind, int ulps, int terms, List<Expr> expressions, double... parameters) {
    this.kind = kind;
    this.ulps = ulps;
    this.terms = terms;
    this.expressions = expressions;
    this.parameters = parameters;
  }

  /** For ops that rearrange elements: value and gradient to the last bit. */
  public static Rule copy() {
    return new Rule(Kind.COPY, 0, 1, List.of());
  }

  /** For ops that choose, compare or round once: the value to the last bit. */
  public static Rule exact() {
    return new Rule(Kind.EXACT, 0, 1, List.of());
  }

  /**
   * For sums of products, S = f(|x|).
   *
   * @param terms the number of summed terms of one element of the result
   */
  public static Rule multilinear(int terms) {
    return new Rule(Kind.MULTILINEAR, -1, terms, List.of());
  }

  /**
   * For everything else: S = Σᵢ |∂f/∂xᵢ|·|xᵢ| by the op's own gradient in float64.
   *
   * @param terms the number of operand elements on which one element of the result depends
   */
  public static Rule sensitivity(int terms) {
    return new Rule(Kind.SENSITIVITY, -1, terms, List.of());
  }

  /** For random draws. */
  public static Rule draw() {
    return new Rule(Kind.DRAW, 0, 1, List.of());
  }

  /** For expressions: S is the expression's own sum over absolute values. */
  public static Rule elementwise(Expr value, double... parameters) {
    int operands = value.operandCount();
    Expr[] all = new Expr[operands + 1];
    all[0] = value;
    for (int i = 0; i < operands; i++) {
      all[i + 1] = value.derivative(i);
    }
    return new Rule(Kind.ELEMENTWISE, -1, 1, List.of(all), parameters.clone());
  }

  /** For a function of one tensor: 0 ulp, 4 ulp, or by its expression. */
  static Rule of(UnaryOp op, double alpha, double beta) {
    int ulps =
        switch (op) {
          case NEG,
              ABS,
              SIGN,
              SQRT,
              RECIPROCAL,
              SQUARE,
              RELU,
              LEAKY_RELU,
              FLOOR,
              CEIL,
              ROUND,
              CLAMP,
              TRUNC,
              FRAC,
              RELU6,
              HARDTANH,
              SOFTSHRINK,
              HARDSHRINK,
              THRESHOLD,
              ADD_SCALAR,
              MUL_SCALAR ->
              0;
          case EXP,
              EXP2,
              LOG,
              LOG1P,
              EXPM1,
              RSQRT,
              SIN,
              COS,
              ATAN,
              TANH,
              SIGMOID,
              ERF,
              ERFC,
              ERFINV,
              POW_SCALAR ->
              4;
          case LOG2,
              LOG10,
              TAN,
              ASIN,
              ACOS,
              LOGIT,
              SINH,
              COSH,
              ASINH,
              ACOSH,
              ATANH,
              ELU,
              SELU,
              CELU,
              GELU,
              GELU_TANH,
              SILU,
              MISH,
              SOFTPLUS,
              LOGSIGMOID,
              SOFTSIGN,
              TANHSHRINK,
              HARDSIGMOID,
              HARDSWISH ->
              -1;
        };
    return new Rule(
        Kind.ELEMENTWISE, ulps, 1, List.of(op.value(), op.derivativeFromInputs()), alpha, beta);
  }

  /** For a function of two tensors: 0 ulp, 4 ulp, or by its expression. */
  static Rule of(BinaryOp op) {
    if (!op.isDifferentiable()) {
      return exact();
    }
    int ulps =
        switch (op) {
          case POW, ATAN2 -> 4;
          case BCE_LOGITS, HYPOT, XLOGY, LOGADDEXP -> -1;
          default -> 0;
        };
    return new Rule(
        Kind.ELEMENTWISE, ulps, 1, List.of(op.value(), op.derivative(0), op.derivative(1)));
  }

  Kind kind() {
    return kind;
  }

  /** The largest distance of the value in units in the last place, or −1 if S decides. */
  int ulps() {
    return ulps;
  }

  int terms() {
    return terms;
  }

  Expr value() {
    return expressions.get(0);
  }

  Expr derivative(int operand) {
    return expressions.get(operand + 1);
  }

  double[] parameters() {
    return parameters;
  }
}
