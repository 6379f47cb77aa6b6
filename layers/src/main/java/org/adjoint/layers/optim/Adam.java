package org.adjoint.layers.optim;

import java.util.List;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;

/**
 * Adam (Kingma and Ba, 2015): m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; p ← p − η/(1−β₁ᵗ) · m /
 * (√v/√(1−β₂ᵗ) + ε). Weight decay joins the gradient, g ← g + λ·p, unless {@link #adamW} decouples
 * it, p ← p − η·λ·p (Loshchilov and Hutter, 2019). With AMSGrad (Reddi et al., 2018) the largest v
 * so far stands under the root.
 */
public final class Adam extends Optimizer {
  private final double beta2;
  private final double epsilon;
  private final boolean decoupled;
  private final boolean amsgrad;

  /** Creates Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and no decay. */
  public Adam(Network network, double learningRate) {
    this(network, learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /** Creates the optimizer without AMSGrad. */
  public Adam(
      Network network,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    this(network, learningRate, beta1, beta2, epsilon, weightDecay, decoupled, false);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon more than 0
   * @param weightDecay λ
   * @param decoupled true for AdamW
   * @param amsgrad whether to use the largest second moment so far
   * @throws ArgumentException if a value is outside its range
   */
  public Adam(
      Network network,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled,
      boolean amsgrad) {
    super(
        network,
        learningRate,
        weightDecay,
        amsgrad ? List.of("m", "v", "largest") : List.of("m", "v"));
    startMomentum(Settings.decay("beta1", beta1));
    this.beta2 = Settings.decay("beta2", beta2);
    this.epsilon = Settings.positive("epsilon", epsilon);
    this.decoupled = decoupled;
    this.amsgrad = amsgrad;
  }

  /** Returns AdamW with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8. */
  public static Adam adamW(Network network, double learningRate, double weightDecay) {
    return new Adam(network, learningRate, 0.9, 0.999, 1e-8, weightDecay, true);
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    return UpdateRules.adam(
        rate, momentum(), beta2, epsilon, weightDecay, decoupled, amsgrad, step);
  }

  @Override
  public String toString() {
    return (decoupled ? "AdamW(" : "Adam(")
        + learningRate()
        + (weightDecay() == 0 ? "" : ", decay " + weightDecay())
        + (amsgrad ? ", amsgrad" : "")
        + ")";
  }
}
