package org.adjoint.layers.optim;

import java.util.List;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;

/**
 * Stochastic gradient descent (Robbins and Monro, 1951) with momentum (Polyak, 1964) and Nesterov's
 * look-ahead (Sutskever et al., 2013), as PyTorch defines them: g ← g + λ·p; v ← μ·v + (1−δ)·g; p ←
 * p − η·(nesterov ? g + μ·v : v); the first step takes v = g. With decoupled decay (Loshchilov and
 * Hutter, 2019) p ← p − η·λ·p before the step instead, and g stays.
 */
public final class Sgd extends Optimizer {
  private final double dampening;
  private final boolean nesterov;
  private final boolean decoupled;

  /** Creates plain descent. */
  public Sgd(Network network, double learningRate) {
    this(network, learningRate, 0, false, 0);
  }

  /** Creates descent with momentum. */
  public Sgd(Network network, double learningRate, double momentum) {
    this(network, learningRate, momentum, false, 0);
  }

  /** Creates descent without dampening and with decay that joins the gradient. */
  public Sgd(
      Network network, double learningRate, double momentum, boolean nesterov, double weightDecay) {
    this(network, learningRate, momentum, 0, nesterov, weightDecay, false);
  }

  /**
   * Creates the optimizer.
   *
   * @param network whose parameters to change
   * @param learningRate η
   * @param momentum μ in [0, 1)
   * @param dampening δ; 0 with Nesterov's look-ahead
   * @param nesterov whether to look ahead; needs momentum
   * @param weightDecay λ
   * @param decoupled whether decay shrinks the parameter instead of joining the gradient
   * @throws ArgumentException if a value is outside its range
   */
  public Sgd(
      Network network,
      double learningRate,
      double momentum,
      double dampening,
      boolean nesterov,
      double weightDecay,
      boolean decoupled) {
    super(
        network,
        learningRate,
        weightDecay,
        Settings.decay("momentum", momentum) == 0 ? List.of() : List.of("velocity"));
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new ArgumentException(
          "optimizer", "nesterov", true, "it needs a momentum above 0 and no dampening");
    }
    if (momentum != 0) {
      startMomentum(momentum);
    }
    this.dampening = Settings.notNegative("dampening", dampening);
    this.nesterov = nesterov;
    this.decoupled = decoupled;
  }

  @Override
  protected UpdateStep settings(long step, double rate, double weightDecay) {
    double held = step == 1 ? 0 : dampening;
    return UpdateRules.sgd(rate, momentum(), held, nesterov, weightDecay, decoupled);
  }

  @Override
  protected boolean keepsRows(double weightDecay) {
    return momentum() == 0 && weightDecay == 0;
  }

  @Override
  public String toString() {
    return "Sgd("
        + learningRate()
        + (momentum() == 0 ? "" : ", momentum " + momentum())
        + (dampening == 0 ? "" : ", dampening " + dampening)
        + (nesterov ? ", nesterov" : "")
        + (weightDecay() == 0 ? "" : ", decay " + weightDecay())
        + ")";
  }
}
