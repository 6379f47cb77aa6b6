package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.layers.optim.DecayRules.average;
import static org.adjoint.layers.optim.DecayRules.sqrt;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;

/**
 * Adam with Nesterov's look-ahead (Dozat, 2016): with μₜ = β₁·(1 − 0.96^(t·ψ)/2) and Πₜ = μ₁·…·μₜ,
 * m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; r = √(v/(1−β₂ᵗ)) + ε; p ← p − η·(1−μₜ)/(1−Πₜ)·g/r −
 * η·μₜ₊₁/(1−Πₜ₊₁)·m/r. Weight decay joins the gradient, or is decoupled.
 */
public final class NAdam extends Optimizer {
  private static final List<String> STATES = List.of("m", "v");
  private static final List<String> NUMBERS =
      List.of("λ", "β₁", "1−β₁", "β₂", "1−β₂", "1−β₂ᵗ", "ε", "η of g", "η of m");
  private static final DecayRules RULES =
      new DecayRules(
          (slope, kept) -> {
            Expr mean = average(1, operand(2), slope);
            Expr square = average(3, operand(3), slope.times(slope));
            Expr root = sqrt(square.over(parameter(5))).plus(parameter(6));
            Expr step = parameter(7).times(slope).plus(parameter(8).times(mean)).over(root);
            return new UpdateRule("nadam", STATES, NUMBERS, kept.minus(step), mean, square);
          });

  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double momentumDecay;
  private final boolean decoupled;

  /** Π of step {@link #productOf}. */
  private double product = 1;

  private long productOf;

  /** Creates NAdam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and ψ = 0.004. */
  public NAdam(Network network, double learningRate) {
    this(network, learningRate, 0.9, 0.999, 1e-8, 0, 0.004, false);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon ε, more than 0
   * @param weightDecay λ
   * @param momentumDecay ψ
   * @param decoupled whether decay shrinks the parameter instead of joining the gradient
   * @throws ArgumentException if a value is outside its range
   */
  public NAdam(
      Network network,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double momentumDecay,
      boolean decoupled) {
    super(network, learningRate, weightDecay, STATES);
    this.beta1 = Settings.decay("beta1", beta1);
    this.beta2 = Settings.decay("beta2", beta2);
    this.epsilon = Settings.positive("epsilon", epsilon);
    this.momentumDecay = Settings.notNegative("momentumDecay", momentumDecay);
    this.decoupled = decoupled;
  }

  private double momentum(long step) {
    return beta1 * (1 - 0.5 * StrictMath.pow(0.96, step * momentumDecay));
  }

  /** Π of a step: one more factor if the step before was asked for last, else from the start. */
  private double product(long step) {
    if (productOf > step) {
      product = 1;
      productOf = 0;
    }
    while (productOf < step) {
      productOf++;
      product *= momentum(productOf);
    }
    return product;
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    double now = momentum(step);
    double next = momentum(step + 1);
    double all = product(step);
    return RULES.step(
        rate,
        weightDecay,
        decoupled,
        0,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        1 - StrictMath.pow(beta2, step),
        epsilon,
        rate * (1 - now) / (1 - all),
        rate * next / (1 - all * next));
  }

  @Override
  public String toString() {
    return Settings.text("NAdam", this);
  }
}
