package org.adjoint.layers.models;

import static org.adjoint.kernels.Expr.constant;
import static org.adjoint.kernels.Expr.operand;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * A variational autoencoder (Kingma and Welling, 2014): an encoder gives mean μ and log-variance s
 * of a normal distribution of codes, z = μ + e^(s/2)·ε with ε drawn from the standard normal, and a
 * decoder the logits of the input. One hidden layer with ReLU on each side.
 */
public final class Vae extends Network {
  private static final double[] NONE = {};

  /** μ + e^(s/2)·ε. */
  private static final Expr CODE =
      Expr.fma(
          Expr.apply(Expr.Function.EXP, constant(0.5).times(operand(1))), operand(2), operand(0));

  /** −(1 + s − μ² − eˢ)/2. */
  private static final Expr DIVERGENCE =
      constant(-0.5)
          .times(
              constant(1)
                  .plus(operand(1))
                  .minus(operand(0).times(operand(0)))
                  .minus(Expr.apply(Expr.Function.EXP, operand(1))));

  private final Linear hidden;
  private final Linear mean;
  private final Linear logVariance;
  private final Linear back;
  private final Linear out;
  private final int code;
  private final RandomStream noise;

  /**
   * Creates the network.
   *
   * @param width of the input
   * @param hiddenWidth of the hidden layers
   * @param code width of the code
   */
  public Vae(Setup setup, int width, int hiddenWidth, int code) {
    hidden = child("hidden", new Linear(setup, width, hiddenWidth));
    mean = child("mean", new Linear(setup, hiddenWidth, code));
    logVariance = child("log_var", new Linear(setup, hiddenWidth, code));
    back = child("back", new Linear(setup, code, hiddenWidth));
    out = child("out", new Linear(setup, hiddenWidth, width));
    this.code = code;
    noise = stream("noise", setup.fork());
  }

  /** Returns the logits of what a code stands for, [batch, width] from [batch, code]. */
  public Variable decode(Variable z) {
    return out.forward(back.forward(z).relu());
  }

  /** Returns the mean of the codes, [batch, code] from [batch, width]. */
  public Variable encode(Variable x) {
    return mean.forward(hidden.forward(x).relu());
  }

  /** As {@link #loss(Variable, Variable)}, with noise from the network's own stream. */
  public Variable loss(Variable x) {
    Shape shape = Shape.of(x.shape().dim(0), code);
    Tensor drawn = Tensor.result(x.value().device(), x.dtype(), shape);
    return loss(x, Variable.of(noise.normal(drawn, 0, 1)));
  }

  /**
   * Returns the negative evidence lower bound, summed over the batch: the cross-entropy of input
   * and logits, and the divergence of the codes' distribution from the standard normal, −Σ(1 + s −
   * μ² − eˢ)/2.
   *
   * @param x numbers in [0, 1], [batch, width]
   * @param epsilon ε, [batch, code]
   */
  public Variable loss(Variable x, Variable epsilon) {
    Variable h = hidden.forward(x).relu();
    Variable m = mean.forward(h);
    Variable s = logVariance.forward(h);
    Variable logits = decode(Elementwise.map("reparameterize", CODE, NONE, m, s, epsilon));
    Variable likelihood = Elementwise.binary(BinaryOp.BCE_LOGITS, logits, x).sum();
    return likelihood.add(Elementwise.map("normal_divergence", DIVERGENCE, NONE, m, s).sum());
  }
}
