package org.adjoint.layers.optim;

import org.adjoint.kernels.UpdateKernels;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Stochastic gradient descent (Robbins and Monro, 1951) with momentum (Polyak, 1964) and Nesterov's
 * look-ahead (Sutskever et al., 2013), as PyTorch defines them: g ← g + λ·p; v ← μ·v + g; p ← p −
 * η·(nesterov ? g + μ·v : v).
 */
public final class Sgd extends Optimizer {
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;
  private UpdateKernels.Sgd settings = new UpdateKernels.Sgd(0, 0, false, 0);

  /** Creates plain descent. */
  public Sgd(Network network, double learningRate) {
    this(network, learningRate, 0, false, 0);
  }

  /** Creates descent with momentum. */
  public Sgd(Network network, double learningRate, double momentum) {
    this(network, learningRate, momentum, false, 0);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param momentum μ in [0, 1)
   * @param nesterov whether to look ahead; needs momentum
   * @param weightDecay λ
   * @throws ArgumentException if a value is outside its range
   */
  public Sgd(
      Network network, double learningRate, double momentum, boolean nesterov, double weightDecay) {
    super(network, learningRate, names(Settings.decay("momentum", momentum)));
    if (nesterov && momentum == 0) {
      throw new ArgumentException("optimizer", "nesterov", true, "it needs a momentum above 0");
    }
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = Settings.notNegative("weightDecay", weightDecay);
  }

  private static String[] names(double momentum) {
    return momentum == 0 ? new String[0] : new String[] {"velocity"};
  }

  @Override
  protected Record begin(long step) {
    settings = new UpdateKernels.Sgd(learningRate(), momentum, nesterov, weightDecay);
    return settings;
  }

  @Override
  protected void update(
      UpdateKernels kernels, Tensor value, Tensor gradient, @Nullable Tensor[] state) {
    kernels.sgd(value, gradient, momentum == 0 ? null : present(state, 0), settings);
  }

  @Override
  public String toString() {
    return "Sgd("
        + learningRate()
        + (momentum == 0 ? "" : ", momentum " + momentum)
        + (nesterov ? ", nesterov" : "")
        + (weightDecay == 0 ? "" : ", decay " + weightDecay)
        + ")";
  }
}
