package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;
import static org.adjoint.layers.optim.DecayRules.sqrt;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Adagrad (Duchi, Hazan and Singer, 2011): g ← g + λ·p; s ← s + g²; p ← p − η/(1 + (t−1)·d) · g /
 * (√s + ε).
 */
public final class Adagrad extends Optimizer {
  private static final List<String> STATES = List.of("sum");
  private static final List<String> NUMBERS = List.of("λ", "η", "ε");
  private static final DecayRules RULES =
      new DecayRules(
          (slope, kept) -> {
            Expr sum = fma(slope, slope, operand(2));
            Expr step = parameter(1).times(slope).over(sqrt(sum).plus(parameter(2)));
            return new UpdateRule("adagrad", STATES, NUMBERS, kept.minus(step), sum);
          });

  private final double rateDecay;
  private final double initialSum;
  private final double epsilon;

  /** Creates Adagrad with ε = 1e-10. */
  public Adagrad(Network network, double learningRate) {
    this(network, learningRate, 0, 0, 1e-10, 0);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param rateDecay d
   * @param initialSum s before the first step
   * @param epsilon ε, more than 0
   * @param weightDecay λ
   * @throws ArgumentException if a value is outside its range
   */
  public Adagrad(
      Network network,
      double learningRate,
      double rateDecay,
      double initialSum,
      double epsilon,
      double weightDecay) {
    super(network, learningRate, weightDecay, STATES);
    this.rateDecay = Settings.notNegative("rateDecay", rateDecay);
    this.initialSum = Settings.notNegative("initialSum", initialSum);
    this.epsilon = Settings.positive("epsilon", epsilon);
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    return RULES.step(rate, weightDecay, false, 0, rate / (1 + (step - 1) * rateDecay), epsilon);
  }

  @Override
  protected Tensor initial(int state, Tensor parameter) {
    if (initialSum == 0) {
      return super.initial(state, parameter);
    }
    int[] dims = parameter.shape().toArray();
    if (parameter.dtype() == DType.F64) {
      double[] sums = new double[parameter.size()];
      Arrays.fill(sums, initialSum);
      return Tensor.of(parameter.device(), sums, dims);
    }
    float[] sums = new float[parameter.size()];
    Arrays.fill(sums, (float) initialSum);
    return Tensor.of(parameter.device(), sums, dims);
  }

  @Override
  public String toString() {
    return Settings.text("Adagrad", this);
  }
}
