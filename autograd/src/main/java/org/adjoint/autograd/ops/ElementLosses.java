package org.adjoint.autograd.ops;

import static org.adjoint.kernels.Expr.constant;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;

/**
 * Losses of each element by itself: one formula in one pass, differentiable to any order by both
 * operands. Operands broadcast; nothing is averaged.
 */
public final class ElementLosses {
  private static final double[] NONE = {};

  /** The formulas, made once: x is what was predicted, t what it should have been. */
  private static final class Formulas {
    static final Expr X = operand(0);
    static final Expr T = operand(1);
    static final Expr THIRD = operand(2);
    static final Expr A = parameter(0);
    static final Expr ZERO = constant(0);
    static final Expr HALF = constant(0.5);
    static final Expr ONE = constant(1);
    static final Expr D = X.minus(T);
    static final Expr SIZE = f(Function.ABS, D);
    static final Expr ABSOLUTE = SIZE;
    static final Expr SQUARED = D.times(D);
    static final Expr HUBER =
        select(
            SIZE.with(Operator.LE, A), HALF.times(D).times(D), A.times(SIZE.minus(HALF.times(A))));
    static final Expr SMOOTH =
        select(
            SIZE.with(Operator.LT, A), HALF.times(D).times(D).over(A), SIZE.minus(HALF.times(A)));

    /** t·ln t is 0 at t = 0, and its slope there is that of the other term. */
    static final Expr DIVERGENCE =
        select(
            T.with(Operator.GT, ZERO), T.times(f(Function.LOG, T).minus(X)), T.times(X).negated());

    static final Expr LOG_DIVERGENCE = f(Function.EXP, T).times(T.minus(X));
    static final Expr CROSS_ENTROPY =
        T.times(bounded(f(Function.LOG, X)))
            .plus(ONE.minus(T).times(bounded(f(Function.LOG, ONE.minus(X)))))
            .negated();

    /** ln(1 + e^−x), without overflow. */
    static final Expr SOFTPLUS_NEGATED =
        f(Function.LOG1P, f(Function.EXP, f(Function.ABS, X).negated()))
            .plus(larger(X.negated(), ZERO));

    static final Expr LOGITS_WEIGHTED =
        ONE.minus(T).times(X).plus(ONE.plus(THIRD.minus(ONE).times(T)).times(SOFTPLUS_NEGATED));
    static final Expr SIGN_PRODUCT = X.times(T);
    static final Expr HINGE = larger(ONE.minus(SIGN_PRODUCT), ZERO);
    static final Expr SQUARED_HINGE = HINGE.times(HINGE);
    static final Expr SOFT_MARGIN =
        f(Function.LOG1P, f(Function.EXP, f(Function.ABS, SIGN_PRODUCT).negated()))
            .plus(larger(SIGN_PRODUCT.negated(), ZERO));
    static final Expr HINGE_EMBEDDING =
        select(T.with(Operator.GT, ZERO), X, larger(A.minus(X), ZERO));
    static final Expr RANKING = larger(A.minus(THIRD.times(X.minus(T))), ZERO);
    static final Expr POISSON_LOG = f(Function.EXP, X).minus(T.times(X));
    static final Expr POISSON = X.minus(T.times(f(Function.LOG, X.plus(A))));
    static final Expr STIRLING =
        select(
            T.with(Operator.GT, ONE),
            T.times(f(Function.LOG, T))
                .minus(T)
                .plus(HALF.times(f(Function.LOG, constant(2 * Math.PI).times(T)))),
            ZERO);
    static final Expr VARIANCE = larger(THIRD, A);
    static final Expr GAUSSIAN = HALF.times(f(Function.LOG, VARIANCE).plus(SQUARED.over(VARIANCE)));
    static final Expr GAUSSIAN_FULL = GAUSSIAN.plus(constant(0.5 * Math.log(2 * Math.PI)));
    static final Expr CONTRASTIVE =
        HALF.times(
            T.times(X)
                .times(X)
                .plus(
                    ONE.minus(T).times(larger(A.minus(X), ZERO)).times(larger(A.minus(X), ZERO))));

    private Formulas() {}

    private static Expr f(Function function, Expr e) {
      return Expr.apply(function, e);
    }

    /** max(a, b), with the slope of b where they are equal. */
    private static Expr larger(Expr a, Expr b) {
      return select(a.with(Operator.GT, b), a, b);
    }

    private static Expr select(Expr condition, Expr a, Expr b) {
      return Expr.select(condition, a, b);
    }

    /** A logarithm no less than −100, as PyTorch bounds it. */
    private static Expr bounded(Expr log) {
      return larger(log, constant(-100));
    }
  }

  private ElementLosses() {}

  private static Variable map(String name, Expr f, double[] parameters, Variable... operands) {
    return Elementwise.map(name, f, parameters, operands);
  }

  /** Returns |x − t|; slope 0 at 0. */
  public static Variable l1(Variable x, Variable t) {
    return map("l1_loss", Formulas.ABSOLUTE, NONE, x, t);
  }

  /** Returns (x − t)². */
  public static Variable squared(Variable x, Variable t) {
    return map("mse_loss", Formulas.SQUARED, NONE, x, t);
  }

  /**
   * Returns Huber's loss (1964), with d = x − t: d²/2 where |d| ≤ δ, else δ·(|d| − δ/2).
   *
   * @param delta δ, more than 0
   */
  public static Variable huber(Variable x, Variable t, double delta) {
    return map("huber_loss", Formulas.HUBER, new double[] {delta}, x, t);
  }

  /**
   * Returns the smooth absolute error (Girshick, 2015), with d = x − t: d²/(2β) where |d| &lt; β,
   * else |d| − β/2.
   *
   * @param beta β; 0 gives |d|
   */
  public static Variable smoothL1(Variable x, Variable t, double beta) {
    return map("smooth_l1_loss", Formulas.SMOOTH, new double[] {beta}, x, t);
  }

  /**
   * Returns the terms of the Kullback–Leibler divergence from log-probabilities x: t·(ln t − x),
   * which is 0 where t is; or with the target as log-probability eᵗ·(t − x).
   *
   * @param logTarget whether t is a log-probability
   */
  public static Variable klDivergence(Variable x, Variable t, boolean logTarget) {
    return map("kl_div", logTarget ? Formulas.LOG_DIVERGENCE : Formulas.DIVERGENCE, NONE, x, t);
  }

  /**
   * Returns the cross-entropy of a probability x in (0, 1) and a target t: −t·ln x − (1−t)·ln(1−x),
   * logarithms no less than −100.
   */
  public static Variable binaryCrossEntropy(Variable x, Variable t) {
    return map("binary_cross_entropy", Formulas.CROSS_ENTROPY, NONE, x, t);
  }

  /**
   * Returns the cross-entropy from logits x with the positive class weighted: (1−t)·x +
   * (1+(w−1)·t)·ln(1+e^−x), without overflow.
   *
   * @param positiveWeight w
   */
  public static Variable binaryCrossEntropyWithLogits(
      Variable x, Variable t, Variable positiveWeight) {
    return map("bce_logits_weighted", Formulas.LOGITS_WEIGHTED, NONE, x, t, positiveWeight);
  }

  /** Returns max(0, 1 − x·t) for targets t of 1 and −1; slope 0 at the kink. */
  public static Variable hinge(Variable x, Variable t) {
    return map("hinge_loss", Formulas.HINGE, NONE, x, t);
  }

  /** Returns max(0, 1 − x·t)² for targets t of 1 and −1. */
  public static Variable squaredHinge(Variable x, Variable t) {
    return map("squared_hinge_loss", Formulas.SQUARED_HINGE, NONE, x, t);
  }

  /** Returns ln(1 + e^(−x·t)) for targets t of 1 and −1, without overflow. */
  public static Variable softMargin(Variable x, Variable t) {
    return map("soft_margin_loss", Formulas.SOFT_MARGIN, NONE, x, t);
  }

  /** Returns the distance x where t is 1, and max(0, margin − x) where it is −1. */
  public static Variable hingeEmbedding(Variable x, Variable t, double margin) {
    return map("hinge_embedding_loss", Formulas.HINGE_EMBEDDING, new double[] {margin}, x, t);
  }

  /** Returns max(0, margin − t·(a − b)): a is to be the larger where t is 1, b where it is −1. */
  public static Variable marginRanking(Variable a, Variable b, Variable t, double margin) {
    return map("margin_ranking_loss", Formulas.RANKING, new double[] {margin}, a, b, t);
  }

  /**
   * Returns the negative log-likelihood of a count t under a Poisson distribution, without the
   * constant ln t!: eˣ − t·x where x is the logarithm of the rate, else x − t·ln(x + ε).
   *
   * @param logInput whether x is the logarithm of the rate
   * @param full whether to add Stirling's t·ln t − t + ln(2πt)/2 for t &gt; 1
   * @param epsilon ε
   */
  public static Variable poissonNll(
      Variable x, Variable t, boolean logInput, boolean full, double epsilon) {
    Expr f = logInput ? Formulas.POISSON_LOG : Formulas.POISSON;
    return map(
        "poisson_nll_loss", full ? f.plus(Formulas.STIRLING) : f, new double[] {epsilon}, x, t);
  }

  /**
   * Returns the negative log-likelihood of t under a normal distribution of mean x (Nix and
   * Weigend, 1994): (ln v + (x − t)²/v)/2 with v the variance, at least ε.
   *
   * @param full whether to add ln(2π)/2
   * @param epsilon ε, more than 0
   */
  public static Variable gaussianNll(
      Variable x, Variable t, Variable variance, boolean full, double epsilon) {
    Expr f = full ? Formulas.GAUSSIAN_FULL : Formulas.GAUSSIAN;
    return map("gaussian_nll_loss", f, new double[] {epsilon}, x, t, variance);
  }

  /**
   * Returns the contrastive loss of a distance x (Hadsell, Chopra and LeCun, 2006): t·x²/2 + (1 −
   * t)·max(0, margin − x)²/2, where t is 1 for a pair that belongs together, else 0.
   */
  public static Variable contrastive(Variable x, Variable t, double margin) {
    return map("contrastive_loss", Formulas.CONTRASTIVE, new double[] {margin}, x, t);
  }
}
