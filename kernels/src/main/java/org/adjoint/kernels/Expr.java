package org.adjoint.kernels;

import java.util.List;

/**
 * An element-wise formula over numbered operands: the one place where an element-wise operation is
 * written down. The reference evaluates it, the CPU backend compiles it into a vector loop, and
 * {@link #derivative} differentiates it, as often as wanted.
 *
 * <p>Truth values are numbers: a comparison gives 1 or 0, and any non-zero condition is true, NaN
 * included. All arithmetic is IEEE 754; {@code MAX} and {@code MIN} propagate NaN and order −0
 * below +0, as {@link Math#max(float, float)} does. An expression is an immutable value: two trees
 * of the same shape are equal.
 */
public sealed interface Expr {

  /**
   * The value of one element of an operand.
   *
   * @param index number of the operand, from 0
   */
  record Operand(int index) implements Expr {
    /** Refuses a negative number. */
    public Operand {
      ExprWalk.index("operand", index);
    }

    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * A scalar that is the same for all elements and is given when the loop runs: a slope, a learning
   * rate.
   *
   * @param index number of the parameter, from 0
   */
  record Parameter(int index) implements Expr {
    /** Refuses a negative number. */
    public Parameter {
      ExprWalk.index("parameter", index);
    }

    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * A literal, rounded once to the data type in which the expression is evaluated.
   *
   * @param value the number
   */
  record Constant(double value) implements Expr {
    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * A function of one argument.
   *
   * @param function which
   * @param x its argument
   */
  record Unary(Function function, Expr x) implements Expr {
    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * An operator of two arguments.
   *
   * @param operator which
   * @param a left argument
   * @param b right argument
   */
  record Binary(Operator operator, Expr a, Expr b) implements Expr {
    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * {@code a·b + c}, rounded once.
   *
   * @param a first factor
   * @param b second factor
   * @param c summand
   */
  record Fma(Expr a, Expr b, Expr c) implements Expr {
    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /**
   * {@code condition ≠ 0 ? whenTrue : whenFalse}, element by element; both sides are computed.
   *
   * @param condition usually a comparison; any non-zero value (NaN too) is true
   * @param whenTrue value where it holds
   * @param whenFalse value where it does not
   */
  record Select(Expr condition, Expr whenTrue, Expr whenFalse) implements Expr {
    @Override
    public String toString() {
      return ExprText.of(this);
    }
  }

  /** The functions of one argument that an expression may call; recipes in {@link Recipes}. */
  enum Function {
    /** −x. */
    NEG,
    /** |x|. */
    ABS,
    /** −1, 0 or 1; keeps −0 and NaN. */
    SIGN,
    /** √x, correctly rounded; NaN below 0. */
    SQRT,
    /** eˣ. */
    EXP,
    /** eˣ − 1, accurate near 0. */
    EXPM1,
    /** ln x; −∞ at 0, NaN below. */
    LOG,
    /** ln(1 + x), accurate near 0; −∞ at −1, NaN below. */
    LOG1P,
    /** sin x, radians; NaN at ±∞. */
    SIN,
    /** cos x, radians; NaN at ±∞. */
    COS,
    /** The angle in [−π/2, π/2] whose tangent is x. */
    ATAN,
    /** tanh x. */
    TANH,
    /** 1 / (1 + e⁻ˣ). */
    SIGMOID,
    /** erf x = 2/√π ∫₀ˣ e⁻ᵗ² dt. */
    ERF,
    /** 1 − erf x, accurate where erf x is next to 1. */
    ERFC,
    /** The number whose erf is x; ±∞ at ±1, NaN beyond. */
    ERFINV,
    /** Largest integer not above x. */
    FLOOR,
    /** Smallest integer not below x. */
    CEIL,
    /** Nearest integer, halves to even. */
    ROUND
  }

  /** The operators of two arguments that an expression may use. */
  enum Operator {
    /** a + b. */
    ADD("+"),
    /** a − b. */
    SUB("-"),
    /** a · b. */
    MUL("*"),
    /** a / b. */
    DIV("/"),
    /** The larger; NaN if either is NaN. */
    MAX("max"),
    /** The smaller; NaN if either is NaN. */
    MIN("min"),
    /** aᵇ; 1 to any power and any number to the power 0 are 1, even for NaN (C99, NumPy). */
    POW("pow"),
    /** 1 if a = b, else 0. */
    EQ("=="),
    /** 1 if a ≠ b, else 0; true if either is NaN. */
    NE("!="),
    /** 1 if a &lt; b, else 0. */
    LT("<"),
    /** 1 if a ≤ b, else 0. */
    LE("<="),
    /** 1 if a &gt; b, else 0. */
    GT(">"),
    /** 1 if a ≥ b, else 0. */
    GE(">=");

    private final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }

    /** The sign in a formula text, {@code "+"} or {@code "max"}. */
    public String symbol() {
      return symbol;
    }

    /** Whether the result is a truth value, 1 or 0. */
    public boolean isComparison() {
      return ordinal() >= EQ.ordinal();
    }
  }

  /** Operand 0, by convention {@code x}. */
  static Expr x() {
    return new Operand(0);
  }

  /** The operand of this number. */
  static Expr operand(int index) {
    return new Operand(index);
  }

  /** The scalar parameter of this number. */
  static Expr parameter(int index) {
    return new Parameter(index);
  }

  /** A literal. */
  static Expr constant(double value) {
    return new Constant(value);
  }

  /** A function of {@code e}. */
  static Expr apply(Function function, Expr e) {
    return new Unary(function, e);
  }

  /** {@code condition ? whenTrue : whenFalse}. */
  static Expr select(Expr condition, Expr whenTrue, Expr whenFalse) {
    return new Select(condition, whenTrue, whenFalse);
  }

  /** {@code a·b + c}, rounded once. */
  static Expr fma(Expr a, Expr b, Expr c) {
    return new Fma(a, b, c);
  }

  /** This operator, that on the right. */
  default Expr with(Operator operator, Expr right) {
    return new Binary(operator, this, right);
  }

  /** {@code this + right}. */
  default Expr plus(Expr right) {
    return with(Operator.ADD, right);
  }

  /** {@code this − right}. */
  default Expr minus(Expr right) {
    return with(Operator.SUB, right);
  }

  /** {@code this · right}. */
  default Expr times(Expr right) {
    return with(Operator.MUL, right);
  }

  /** {@code this / right}. */
  default Expr over(Expr right) {
    return with(Operator.DIV, right);
  }

  /** {@code −this}. */
  default Expr negated() {
    return new Unary(Function.NEG, this);
  }

  /**
   * The derivative by one operand, as an expression over the same operands and parameters. Kinks
   * take these subgradients: |x| at 0 gives 0; max and min of equal arguments give half to each; a
   * selection takes that of the chosen side; comparisons, sign and roundings give 0 everywhere.
   *
   * @param operand number of the operand
   */
  default Expr derivative(int operand) {
    return ExprDerivative.of(this, operand);
  }

  /**
   * This expression with operand {@code i} replaced by {@code replacements.get(i)}.
   *
   * @param replacements one expression for each operand used
   * @throws org.adjoint.tensor.ArgumentException if an operand has no replacement
   */
  default Expr substitute(List<Expr> replacements) {
    return ExprWalk.substitute(this, replacements);
  }

  /**
   * This expression with its parameters replaced by constants.
   *
   * @param values one number for each parameter used
   */
  default Expr bind(double... values) {
    return parameterCount() == 0 ? this : ExprWalk.bind(this, values);
  }

  /** The number of operations, each use of a repeated subexpression counted. */
  default int steps() {
    return ExprWalk.steps(this);
  }

  /** Whether the value of this operand matters. */
  default boolean uses(int operand) {
    return ExprWalk.uses(this, operand);
  }

  /** One more than the highest operand number used; 0 if none is. */
  default int operandCount() {
    return ExprWalk.operandCount(this);
  }

  /** One more than the highest parameter number used; 0 if none is. */
  default int parameterCount() {
    return ExprWalk.parameterCount(this);
  }

  /**
   * The formula as text with these names, as in {@code max(x, 0) - x * t}.
   *
   * @param operands names of the operands; missing ones read {@code x0}, {@code x1} …
   * @param parameters names of the parameters; missing ones read {@code p0}, {@code p1} …
   */
  default String text(List<String> operands, List<String> parameters) {
    return ExprText.of(this, operands, parameters);
  }
}
