package org.adjoint.layers.optim;

import org.adjoint.kernels.UpdateKernels;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Adam (Kingma and Ba, 2015): m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; p ← p − η/(1−β₁ᵗ) · m /
 * (√v/√(1−β₂ᵗ) + ε). Weight decay joins the gradient, g ← g + λ·p, unless {@link #adamW} decouples
 * it, p ← p − η·λ·p (Loshchilov and Hutter, 2019).
 */
public final class Adam extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;
  private final boolean decoupled;
  private UpdateKernels.Adam settings = new UpdateKernels.Adam(0, 0, 0, 1, 0, false, 1);

  /** Creates Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and no decay. */
  public Adam(Network network, double learningRate) {
    this(network, learningRate, 0.9, 0.999, 1e-8, 0, false);
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
   * @throws ArgumentException if a value is outside its range
   */
  public Adam(
      Network network,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    super(network, learningRate, "m", "v");
    this.beta1 = Settings.decay("beta1", beta1);
    this.beta2 = Settings.decay("beta2", beta2);
    this.epsilon = Settings.positive("epsilon", epsilon);
    this.weightDecay = Settings.notNegative("weightDecay", weightDecay);
    this.decoupled = decoupled;
  }

  /** Returns AdamW with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8. */
  public static Adam adamW(Network network, double learningRate, double weightDecay) {
    return new Adam(network, learningRate, 0.9, 0.999, 1e-8, weightDecay, true);
  }

  @Override
  protected Record begin(long step) {
    settings =
        new UpdateKernels.Adam(learningRate(), beta1, beta2, epsilon, weightDecay, decoupled, step);
    return settings;
  }

  @Override
  protected void update(
      UpdateKernels kernels, Tensor value, Tensor gradient, @Nullable Tensor[] state) {
    kernels.adam(value, gradient, present(state, 0), present(state, 1), settings);
  }

  @Override
  public String toString() {
    return (decoupled ? "AdamW(" : "Adam(")
        + learningRate()
        + (weightDecay == 0 ? "" : ", decay " + weightDecay)
        + ")";
  }
}
