package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import java.util.List;

/**
 * The steps of the two best-known optimizers. Terms whose factor is zero are left out of the
 * formulas.
 */
public final class UpdateRules {
  private static final Expr P = operand(0);
  private static final Expr G = operand(1);

  private static final List<String> NO_STATE = List.of();
  private static final List<String> VELOCITY = List.of("velocity");
  private static final List<String> MOMENTS = List.of("m", "v");
  private static final List<String> WITH_LARGEST = List.of("m", "v", "largest");
  private static final List<String> SGD_NUMBERS = List.of("−η", "μ", "λ", "1−δ");
  private static final List<String> SHRINKING = List.of("−η", "μ", "1−ηλ", "1−δ");
  private static final List<String> ADAM_NUMBERS =
      List.of("β₁", "1−β₁", "β₂", "1−β₂", "η̂", "1/√(1−β₂ᵗ)", "ε", "λ");
  private static final List<String> ADAMW_NUMBERS =
      List.of("β₁", "1−β₁", "β₂", "1−β₂", "η̂", "1/√(1−β₂ᵗ)", "ε", "1−ηλ");

  private static final UpdateRule[][] SGD = new UpdateRule[Sgd.values().length][];
  private static final UpdateRule[][] ADAM = new UpdateRule[2][];

  static {
    for (Sgd kind : Sgd.values()) {
      SGD[kind.ordinal()] =
          new UpdateRule[] {
            sgd(kind, Decay.NONE), sgd(kind, Decay.COUPLED), sgd(kind, Decay.DECOUPLED)
          };
    }
    for (int i = 0; i < ADAM.length; i++) {
      boolean amsgrad = i == 1;
      ADAM[i] =
          new UpdateRule[] {
            adam(amsgrad, Decay.NONE), adam(amsgrad, Decay.COUPLED), adam(amsgrad, Decay.DECOUPLED)
          };
    }
  }

  private enum Sgd {
    PLAIN,
    MOMENTUM,
    DAMPENED,
    NESTEROV
  }

  private enum Decay {
    NONE,
    /** g ← g + λ·p. */
    COUPLED,
    /** p ← p − η·λ·p. */
    DECOUPLED;

    static Decay of(double decay, boolean decoupled) {
      return decay == 0 ? NONE : decoupled ? DECOUPLED : COUPLED;
    }

    /** The number that a rule is given: the factor of p in g, or what is left of p. */
    double number(double rate, double decay) {
      return this == DECOUPLED ? 1 - rate * decay : decay;
    }
  }

  private UpdateRules() {}

  /** Returns a step of plain descent, p ← p − η·g, without state. */
  public static UpdateStep sgd(double rate) {
    return sgd(rate, 0, 0, false, 0, false);
  }

  /**
   * Returns a step of stochastic gradient descent: g ← g + λ·p; v ← μ·v + (1−δ)·g; p ← p −
   * η·(nesterov ? g + μ·v : v). A velocity of zeros makes the first step equal to plain descent.
   *
   * <p><b>State</b> the velocity v, if μ is not 0.
   *
   * @param rate learning rate η
   * @param momentum μ, 0 for none
   * @param dampening δ, 0 for none; without effect without momentum or with Nesterov's
   * @param nesterov whether to look ahead (Sutskever et al., 2013)
   * @param decay λ
   * @param decoupled whether decay shrinks the parameter instead, p ← p − η·λ·p
   */
  public static UpdateStep sgd(
      double rate,
      double momentum,
      double dampening,
      boolean nesterov,
      double decay,
      boolean decoupled) {
    Sgd kind =
        momentum == 0
            ? Sgd.PLAIN
            : nesterov ? Sgd.NESTEROV : dampening == 0 ? Sgd.MOMENTUM : Sgd.DAMPENED;
    Decay how = Decay.of(decay, decoupled);
    return new UpdateStep(
        SGD[kind.ordinal()][how.ordinal()],
        -rate,
        momentum,
        how.number(rate, decay),
        1 - dampening);
  }

  private static UpdateRule sgd(Sgd kind, Decay decay) {
    Expr slope = decay == Decay.COUPLED ? fma(parameter(2), P, G) : G;
    Expr kept = decay == Decay.DECOUPLED ? parameter(2).times(P) : P;
    List<String> numbers = decay == Decay.DECOUPLED ? SHRINKING : SGD_NUMBERS;
    if (kind == Sgd.PLAIN) {
      return new UpdateRule("sgd", NO_STATE, numbers, fma(parameter(0), slope, kept));
    }
    Expr push = kind == Sgd.DAMPENED ? parameter(3).times(slope) : slope;
    Expr speed = fma(parameter(1), operand(2), push);
    Expr step = kind == Sgd.NESTEROV ? fma(parameter(1), speed, slope) : speed;
    return new UpdateRule("sgd", VELOCITY, numbers, fma(parameter(0), step, kept), speed);
  }

  /**
   * Returns a step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019): g ← g +
   * λ·p; m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
   *
   * <p><b>State</b> m and v, and with AMSGrad (Reddi et al., 2018) the largest v so far, which then
   * stands under the root.
   *
   * @param rate learning rate η
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param decay λ
   * @param decoupled true for AdamW: p ← p − η·λ·p before the step; false: λ·p joins the gradient
   * @param amsgrad whether to use the largest second moment
   * @param step the number t of this step, from 1
   */
  public static UpdateStep adam(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double decay,
      boolean decoupled,
      boolean amsgrad,
      long step) {
    Decay how = Decay.of(decay, decoupled);
    return new UpdateStep(
        ADAM[amsgrad ? 1 : 0][how.ordinal()],
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        rate / (1 - StrictMath.pow(beta1, step)),
        1 / Math.sqrt(1 - StrictMath.pow(beta2, step)),
        epsilon,
        how.number(rate, decay));
  }

  private static UpdateRule adam(boolean amsgrad, Decay decay) {
    Expr slope = decay == Decay.COUPLED ? fma(parameter(7), P, G) : G;
    Expr mean = fma(parameter(0), operand(2), parameter(1).times(slope));
    Expr square = fma(parameter(2), operand(3), parameter(3).times(slope).times(slope));
    Expr largest = square.with(Expr.Operator.MAX, operand(4));
    Expr root = Expr.apply(Expr.Function.SQRT, amsgrad ? largest : square);
    Expr step = parameter(4).times(mean).over(fma(root, parameter(5), parameter(6)));
    Expr kept = decay == Decay.DECOUPLED ? fma(parameter(7), P, step.negated()) : P.minus(step);
    List<String> numbers = decay == Decay.DECOUPLED ? ADAMW_NUMBERS : ADAM_NUMBERS;
    return amsgrad
        ? new UpdateRule("adam", WITH_LARGEST, numbers, kept, mean, square, largest)
        : new UpdateRule("adam", MOMENTS, numbers, kept, mean, square);
  }
}
