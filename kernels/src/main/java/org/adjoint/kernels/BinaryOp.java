package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.constant;

import java.util.List;
import java.util.Locale;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * The element-wise functions of two tensors, each with its value y = f(a, b) and its derivatives.
 *
 * <p>f and its derivatives are written over {@code a} (operand 0) and {@code b} (operand 1); the
 * derivatives can be differentiated again. Comparisons and logical operations give 1 or 0 in the
 * operands' type and have no derivative; any number but 0 is true, NaN too.
 */
public enum BinaryOp {
  /** a + b. */
  ADD(Operator.ADD, B.ONE, B.ONE, ""),
  /** a − b. */
  SUB(Operator.SUB, B.ONE, constant(-1), ""),
  /** a·b. */
  MUL(Operator.MUL, B.B, B.A, ""),
  /** a/b. */
  DIV(
      Operator.DIV,
      B.ONE.over(B.B),
      B.A.over(B.B).over(B.B).negated(),
      "b != 0; IEEE infinities and NaN at 0"),
  /** aᵇ. */
  POW(
      Operator.POW,
      ExprDerivative.powByBase(B.A, B.B),
      ExprDerivative.powByExponent(B.A, B.B, B.A.with(Operator.POW, B.B)),
      "NaN for a < 0 unless b is an integer; the derivative by b needs a > 0"),
  /** The larger, NaN if either is; a tie gives half the gradient to each. */
  MAX(
      Operator.MAX,
      ExprDerivative.share(B.A, B.B, Operator.LT),
      ExprDerivative.share(B.B, B.A, Operator.LT),
      "a tie gives half to each"),
  /** The smaller, NaN if either is; a tie gives half the gradient to each. */
  MIN(
      Operator.MIN,
      ExprDerivative.share(B.A, B.B, Operator.GT),
      ExprDerivative.share(B.B, B.A, Operator.GT),
      "a tie gives half to each"),
  /**
   * The remainder of a/b with the sign of a: a − b·trunc(a/b). Exact while |a/b| &lt; 2²⁴ (2⁵³ in
   * float64).
   */
  FMOD(BinaryFormulas.fmod(), B.ONE, BinaryFormulas.truncated().negated(), "b finite and not 0"),
  /** The remainder of a/b with the sign of b: a − b·floor(a/b). Exact as {@link #FMOD}. */
  REMAINDER(
      BinaryFormulas.remainder(), B.ONE, BinaryFormulas.floored().negated(), "b finite and not 0"),
  /** The largest integer not above a/b, exact as {@link #FMOD}; its gradients are 0 everywhere. */
  FLOOR_DIVIDE(
      BinaryFormulas.floorDivide(),
      constant(0),
      constant(0),
      "b finite and not 0; the gradients are 0 everywhere"),
  /** The angle in [−π, π] of the point (b, a): b to the right, a up, as in C. */
  ATAN2(
      BinaryFormulas.atan2(),
      BinaryFormulas.atan2Derivative(B.B),
      BinaryFormulas.atan2Derivative(B.A.negated()),
      "the gradient at (0, 0) is 0"),
  /** a·ln b, and 0 where a is 0 whatever b. */
  XLOGY(
      BinaryFormulas.xlogy(),
      BinaryFormulas.xlogyDerivative(),
      B.A.over(B.B),
      "b > 0; the derivative by a is 0 where a is 0 and b is not positive"),
  /** |a| with the sign of b, that of a zero too; the derivative by b is 0. */
  COPYSIGN(
      BinaryFormulas.copySign(),
      BinaryFormulas.copySignDerivative(),
      constant(0),
      "the derivative by a is 0 at 0, that by b everywhere"),
  /** √(a² + b²) without overflow on the way; the gradient at (0, 0) is 0. */
  HYPOT(
      BinaryFormulas.hypot(),
      BinaryFormulas.hypotDerivative(B.A),
      BinaryFormulas.hypotDerivative(B.B),
      "the gradient at (0, 0) is 0"),
  /** ln(eᵃ + eᵇ) = max(a, b) + ln(1 + e^−|a − b|). */
  LOGADDEXP(
      BinaryFormulas.logAddExp(),
      Expr.apply(Function.SIGMOID, B.A.minus(B.B)),
      Expr.apply(Function.SIGMOID, B.B.minus(B.A)),
      ""),
  /** 1 if a = b, else 0. */
  EQ(Operator.EQ),
  /** 1 if a ≠ b, else 0. */
  NE(Operator.NE),
  /** 1 if a &lt; b, else 0. */
  LT(Operator.LT),
  /** 1 if a ≤ b, else 0. */
  LE(Operator.LE),
  /** 1 if a &gt; b, else 0. */
  GT(Operator.GT),
  /** 1 if a ≥ b, else 0. */
  GE(Operator.GE),
  /** 1 if a and b are not 0, else 0. */
  LOGICAL_AND(BinaryFormulas.isTrue(B.A).times(BinaryFormulas.isTrue(B.B))),
  /** 1 if a or b is not 0, else 0. */
  LOGICAL_OR(BinaryFormulas.isTrue(B.A).with(Operator.MAX, BinaryFormulas.isTrue(B.B))),
  /** 1 if one of a and b is not 0, else 0. */
  LOGICAL_XOR(BinaryFormulas.isTrue(B.A).with(Operator.NE, BinaryFormulas.isTrue(B.B))),
  /**
   * The cross-entropy of sigmoid(x) against t, for a logit x = a and a target t = b in [0, 1]:
   * max(x, 0) − x·t + ln(1 + e^−|x|), which never overflows.
   */
  BCE_LOGITS(
      B.A.with(Operator.MAX, constant(0))
          .minus(B.A.times(B.B))
          .plus(
              Expr.apply(
                  Function.LOG1P,
                  Expr.apply(Function.EXP, Expr.apply(Function.ABS, B.A).negated()))),
      Expr.apply(Function.SIGMOID, B.A).minus(B.B),
      B.A.negated(),
      "b in [0, 1]");

  private final Expr value;
  private final @Nullable Expr byA;
  private final @Nullable Expr byB;
  private final List<Expr> vjps;
  private final String domain;
  private final String label;

  BinaryOp(Operator operator) {
    this(B.A.with(operator, B.B));
  }

  BinaryOp(Expr truth) {
    this(truth, null, null, "1 or 0; not differentiable");
  }

  BinaryOp(Operator operator, Expr byA, Expr byB, String domain) {
    this(B.A.with(operator, B.B), byA, byB, domain);
  }

  BinaryOp(Expr value, @Nullable Expr byA, @Nullable Expr byB, String domain) {
    this.value = value;
    this.byA = byA;
    this.byB = byB;
    Expr dy = Expr.operand(2);
    this.vjps =
        byA == null || byB == null
            ? List.of()
            : List.of(ExprDerivative.times(dy, byA), ExprDerivative.times(dy, byB));
    this.domain = domain;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /** f over a (operand 0) and b (operand 1). */
  public Expr value() {
    return value;
  }

  /** Whether it has derivatives; comparisons and logical operations have none. */
  public boolean isDifferentiable() {
    return byA != null;
  }

  /**
   * ∂f/∂a ({@code side} 0) or ∂f/∂b ({@code side} 1) over a and b (operands 0 and 1).
   *
   * @throws org.adjoint.tensor.ArgumentException for a comparison or logical operation, or another
   *     side
   */
  public Expr derivative(int side) {
    Expr d = side == 0 ? byA : side == 1 ? byB : null;
    if (d == null) {
      throw new ArgumentException(
          label() + ".derivative",
          "side",
          side,
          isDifferentiable()
              ? "0 asks for the derivative by a, 1 for that by b"
              : "a truth value has no derivative; detach it");
    }
    return d;
  }

  /**
   * The vector-Jacobian product dy·∂f/∂(side) over a, b and dy (operands 0, 1, 2). Where the
   * derivative is a selection of 0, so is the product, even if dy is infinite.
   *
   * @throws org.adjoint.tensor.ArgumentException for a comparison or logical operation, or another
   *     side
   */
  public Expr vjp(int side) {
    derivative(side);
    return vjps.get(side);
  }

  /** The name as users type it: {@code bce_logits}. */
  public String label() {
    return label;
  }

  /** The value as a formula. */
  public String formula() {
    return "y = " + value.text(List.of("a", "b"), List.of());
  }

  /** The gradients as formulas; says so if there is none. */
  public String gradient() {
    if (byA == null || byB == null) {
      return "none";
    }
    List<String> names = List.of("a", "b");
    return "da = dy * ("
        + byA.text(names, List.of())
        + "), db = dy * ("
        + byB.text(names, List.of())
        + ")";
  }

  /** Where the function is defined and which subgradient is taken at kinks; may be empty. */
  public String domain() {
    return domain;
  }

  /** The operands, named for the constants above. */
  private static final class B {
    static final Expr A = Expr.operand(0);
    static final Expr B = Expr.operand(1);
    static final Expr ONE = constant(1);

    private B() {}
  }
}
