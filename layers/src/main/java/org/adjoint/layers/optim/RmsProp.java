package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.layers.optim.DecayRules.average;
import static org.adjoint.layers.optim.DecayRules.sqrt;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;

/**
 * RMSProp (Tieleman and Hinton, 2012): g ← g + λ·p; s ← α·s + (1−α)·g²; d = g/(√s + ε); p ← p −
 * η·d. With momentum v ← μ·v + d and p ← p − η·v. Centred (Graves, 2013), the mean of the gradients
 * is subtracted: a ← α·a + (1−α)·g, and √(s − a²) in the place of √s.
 */
public final class RmsProp extends Optimizer {
  private static final List<String> NUMBERS = List.of("λ", "η", "α", "1−α", "ε", "μ");
  private static final DecayRules[] RULES = {
    rules(false, false), rules(true, false), rules(false, true), rules(true, true)
  };

  private static List<String> states(boolean centered, boolean momentum) {
    List<String> names = new ArrayList<>(List.of("square"));
    if (centered) {
      names.add("mean");
    }
    if (momentum) {
      names.add("velocity");
    }
    return names;
  }

  private static DecayRules rules(boolean centered, boolean momentum) {
    List<String> states = states(centered, momentum);
    return new DecayRules(
        (slope, kept) -> {
          Expr square = average(2, operand(2), slope.times(slope));
          List<Expr> next = new ArrayList<>(List.of(square));
          Expr variance = square;
          if (centered) {
            Expr mean = average(2, operand(3), slope);
            next.add(mean);
            variance = square.minus(mean.times(mean));
          }
          Expr step = slope.over(sqrt(variance).plus(parameter(4)));
          if (momentum) {
            step = fma(parameter(5), operand(centered ? 4 : 3), step);
            next.add(step);
          }
          next.addFirst(kept.minus(parameter(1).times(step)));
          return new UpdateRule("rmsprop", states, NUMBERS, next.toArray(Expr[]::new));
        });
  }

  private final DecayRules rules;
  private final double alpha;
  private final double epsilon;

  /** Creates RMSProp with α = 0.99 and ε = 1e-8. */
  public RmsProp(Network network, double learningRate) {
    this(network, learningRate, 0.99, 1e-8, 0, 0, false);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param alpha α, in [0, 1)
   * @param epsilon ε, more than 0
   * @param weightDecay λ
   * @param momentum μ, in [0, 1)
   * @param centered whether to divide by the deviation from the mean gradient
   * @throws ArgumentException if a value is outside its range
   */
  public RmsProp(
      Network network,
      double learningRate,
      double alpha,
      double epsilon,
      double weightDecay,
      double momentum,
      boolean centered) {
    super(network, learningRate, weightDecay, states(centered, momentum != 0));
    this.alpha = Settings.decay("alpha", alpha);
    this.epsilon = Settings.positive("epsilon", epsilon);
    if (Settings.decay("momentum", momentum) != 0) {
      startMomentum(momentum);
    }
    this.rules = RULES[(centered ? 1 : 0) + (momentum != 0 ? 2 : 0)];
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    return rules.step(rate, weightDecay, false, 0, rate, alpha, 1 - alpha, epsilon, momentum());
  }

  @Override
  public String toString() {
    return Settings.text("RmsProp", this);
  }
}
