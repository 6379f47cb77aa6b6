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
 * Adadelta (Zeiler, 2012): g ← g + λ·p; s ← ρ·s + (1−ρ)·g²; d = √(a + ε)/√(s + ε)·g; a ← ρ·a +
 * (1−ρ)·d²; p ← p − η·d.
 */
public final class Adadelta extends Optimizer {
  private static final List<String> STATES = List.of("square", "delta");
  private static final List<String> NUMBERS = List.of("λ", "η", "ρ", "1−ρ", "ε");
  private static final DecayRules RULES =
      new DecayRules(
          (slope, kept) -> {
            Expr epsilon = parameter(4);
            Expr square = average(2, operand(2), slope.times(slope));
            Expr ratio = sqrt(operand(3).plus(epsilon)).over(sqrt(square.plus(epsilon)));
            Expr delta = ratio.times(slope);
            Expr changes = average(2, operand(3), delta.times(delta));
            Expr moved = kept.minus(parameter(1).times(delta));
            return new UpdateRule("adadelta", STATES, NUMBERS, moved, square, changes);
          });

  private final double rho;
  private final double epsilon;

  /** Creates Adadelta with ρ = 0.9 and ε = 1e-6; the usual learning rate is 1. */
  public Adadelta(Network network, double learningRate) {
    this(network, learningRate, 0.9, 1e-6, 0);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param rho ρ, in [0, 1)
   * @param epsilon ε, more than 0
   * @param weightDecay λ
   * @throws ArgumentException if a value is outside its range
   */
  public Adadelta(
      Network network, double learningRate, double rho, double epsilon, double weightDecay) {
    super(network, learningRate, weightDecay, STATES);
    this.rho = Settings.decay("rho", rho);
    this.epsilon = Settings.positive("epsilon", epsilon);
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    return RULES.step(rate, weightDecay, false, 0, rate, rho, 1 - rho, epsilon);
  }

  @Override
  public String toString() {
    return Settings.text("Adadelta", this);
  }
}
