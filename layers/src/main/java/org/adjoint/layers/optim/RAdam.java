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
 * Rectified Adam (Liu et al., 2020): with ρ∞ = 2/(1−β₂) − 1 and ρₜ = ρ∞ − 2t·β₂ᵗ/(1−β₂ᵗ), as long
 * as ρₜ ≤ 5 the step is momentum, p ← p − η·m/(1−β₁ᵗ); then p ← p − η·r·m/(1−β₁ᵗ)·√(1−β₂ᵗ)/(√v + ε)
 * with r = √((ρₜ−4)(ρₜ−2)ρ∞/((ρ∞−4)(ρ∞−2)ρₜ)). Moments as in {@link Adam}; weight decay joins the
 * gradient, or is decoupled.
 */
public final class RAdam extends Optimizer {
  private static final List<String> STATES = List.of("m", "v");
  private static final List<String> NUMBERS = List.of("λ", "β₁", "1−β₁", "β₂", "1−β₂", "η̂", "ε");
  private static final DecayRules MOMENTUM = rules(false);
  private static final DecayRules RECTIFIED = rules(true);

  private static DecayRules rules(boolean rectified) {
    return new DecayRules(
        (slope, kept) -> {
          Expr mean = average(1, operand(2), slope);
          Expr square = average(3, operand(3), slope.times(slope));
          Expr step = parameter(5).times(mean);
          if (rectified) {
            step = step.over(sqrt(square).plus(parameter(6)));
          }
          return new UpdateRule("radam", STATES, NUMBERS, kept.minus(step), mean, square);
        });
  }

  private final double beta2;
  private final double epsilon;
  private final boolean decoupled;

  /** Creates RAdam with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8. */
  public RAdam(Network network, double learningRate) {
    this(network, learningRate, 0.9, 0.999, 1e-8, 0, false);
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
   * @param decoupled whether decay shrinks the parameter instead of joining the gradient
   * @throws ArgumentException if a value is outside its range
   */
  public RAdam(
      Network network,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    super(network, learningRate, weightDecay, STATES);
    startMomentum(Settings.decay("beta1", beta1));
    this.beta2 = Settings.decay("beta2", beta2);
    this.epsilon = Settings.positive("epsilon", epsilon);
    this.decoupled = decoupled;
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    double beta1 = momentum();
    double power = StrictMath.pow(beta2, step);
    double most = 2 / (1 - beta2) - 1;
    double length = most - 2 * step * power / (1 - power);
    boolean rectified = length > 5;
    double factor = 1;
    if (rectified) {
      double numerator = (length - 4) * (length - 2) * most;
      factor = Math.sqrt(numerator / ((most - 4) * (most - 2) * length) * (1 - power));
    }
    return (rectified ? RECTIFIED : MOMENTUM)
        .step(
            rate,
            weightDecay,
            decoupled,
            0,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            rate * factor / (1 - StrictMath.pow(beta1, step)),
            epsilon);
  }

  @Override
  public String toString() {
    return Settings.text("RAdam", this);
  }
}
