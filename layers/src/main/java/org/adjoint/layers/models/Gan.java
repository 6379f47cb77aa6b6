package org.adjoint.layers.models;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Generative adversarial networks (Goodfellow et al., 2014): a generator makes examples from noise,
 * and a discriminator gives logits of whether an example is real. Each is trained against the other
 * by binary cross-entropy; the generator's loss is the one that does not saturate, −ln D(G(z)).
 */
public final class Gan extends Network {
  private final Layer generator;
  private final Layer discriminator;
  private final int width;
  private final RandomStream noise;

  /**
   * Creates the pair.
   *
   * @param width of the generator's noise
   */
  public Gan(Setup setup, Layer generator, Layer discriminator, int width) {
    this.generator = child("generator", generator);
    this.discriminator = child("discriminator", discriminator);
    this.width = width;
    this.noise = stream("noise", setup.fork());
  }

  /** Returns the generator. */
  public Layer generator() {
    return generator;
  }

  /** Returns the discriminator. */
  public Layer discriminator() {
    return discriminator;
  }

  /** Draws standard normal noise for a batch, [batch, width]. */
  public Variable noise(Device device, DType dtype, int batch) {
    Tensor z = Tensor.result(device, dtype, Shape.of(batch, width));
    return Variable.of(noise.normal(z, 0, 1));
  }

  /**
   * Makes a step of the discriminator, from real and generated examples, and then one of the
   * generator, against the discriminator as it is by then.
   *
   * @param ofGenerator the generator's optimizer
   * @param ofDiscriminator the discriminator's
   * @param real examples
   * @param z noise
   * @return the sum of both losses
   */
  public Variable step(
      Optimizer ofGenerator, Optimizer ofDiscriminator, Variable real, Variable z) {
    Variable made = generator.forward(z);
    ofDiscriminator.resetGradients();
    Variable judged =
        loss(discriminator.forward(real), true)
            .add(loss(discriminator.forward(made.detach()), false));
    judged.backward();
    ofDiscriminator.step();
    ofGenerator.resetGradients();
    Variable fooled = loss(discriminator.forward(made), true);
    fooled.backward();
    ofGenerator.step();
    return judged.detach().add(fooled.detach());
  }

  /** The mean cross-entropy of logits x and one answer for all: ln(1 + e^−x), or ln(1 + eˣ). */
  private static Variable loss(Variable x, boolean real) {
    return Elementwise.unary(UnaryOp.SOFTPLUS, real ? x.neg() : x).mean();
  }
}
