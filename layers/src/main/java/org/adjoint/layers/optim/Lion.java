package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.layers.optim.DecayRules.G;
import static org.adjoint.layers.optim.DecayRules.average;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;

/**
 * Lion, evolved sign momentum (Chen et al., 2023): p ← p − η·λ·p; p ← p − η·sign(β₁·m + (1−β₁)·g);
 * m ← β₂·m + (1−β₂)·g. Every element moves by η; sign 0 is 0.
 */
public final class Lion extends Optimizer {
  private static final List<String> STATES = List.of("m");
  private static final List<String> NUMBERS = List.of("1−ηλ", "η", "β₁", "1−β₁", "β₂", "1−β₂");
  private static final DecayRules RULES =
      new DecayRules(
          (slope, kept) -> {
            Expr direction = Expr.apply(Expr.Function.SIGN, average(2, operand(2), slope));
            Expr moved = kept.minus(parameter(1).times(direction));
            return new UpdateRule("lion", STATES, NUMBERS, moved, average(4, operand(2), G));
          });

  private final double beta1;
  private final double beta2;

  /** Creates Lion with β₁ = 0.9, β₂ = 0.99 and no decay. */
  public Lion(Network network, double learningRate) {
    this(network, learningRate, 0.9, 0.99, 0);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param beta1 how much of the mean is in a step, in [0, 1)
   * @param beta2 decay of the mean, in [0, 1)
   * @param weightDecay λ, decoupled
   * @throws ArgumentException if a value is outside its range
   */
  public Lion(
      Network network, double learningRate, double beta1, double beta2, double weightDecay) {
    super(network, learningRate, weightDecay, STATES);
    this.beta1 = Settings.decay("beta1", beta1);
    this.beta2 = Settings.decay("beta2", beta2);
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    return RULES.step(rate, weightDecay, true, 0, rate, beta1, 1 - beta1, beta2, 1 - beta2);
  }

  @Override
  public String toString() {
    return Settings.text("Lion", this);
  }
}
