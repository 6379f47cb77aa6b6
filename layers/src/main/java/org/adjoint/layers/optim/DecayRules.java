package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;

/**
 * A rule in three variants by weight decay λ: none; joined to the gradient, g ← g + λ·p; decoupled
 * from it, p ← p − η·λ·p (Loshchilov and Hutter, 2019). Number 0 of each is λ, or 1 − η·λ.
 */
final class DecayRules {
  /** The parameter p, operand 0. */
  static final Expr P = operand(0);

  /** The gradient g, operand 1. */
  static final Expr G = operand(1);

  /** Makes a variant. */
  @FunctionalInterface
  interface Formula {
    /**
     * Returns the rule.
     *
     * @param slope the gradient to follow
     * @param kept the parameter to start from
     */
    UpdateRule of(Expr slope, Expr kept);
  }

  private final UpdateRule none;
  private final UpdateRule coupled;
  private final UpdateRule decoupled;

  DecayRules(Formula formula) {
    none = formula.of(G, P);
    coupled = formula.of(fma(parameter(0), P, G), P);
    decoupled = formula.of(G, parameter(0).times(P));
  }

  /**
   * Returns the settings of a step.
   *
   * @param numbers those of the rule; number 0 is filled in
   */
  UpdateStep step(double rate, double decay, boolean isDecoupled, double... numbers) {
    numbers[0] = isDecoupled ? 1 - rate * decay : decay;
    return new UpdateStep(decay == 0 ? none : isDecoupled ? decoupled : coupled, numbers);
  }

  static Expr sqrt(Expr x) {
    return Expr.apply(Expr.Function.SQRT, x);
  }

  /** An average a that forgets: number {@code keep} · a + number {@code keep + 1} · x. */
  static Expr average(int keep, Expr a, Expr x) {
    return fma(parameter(keep), a, parameter(keep + 1).times(x));
  }
}
