package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.kernels.UnaryOp;

/**
 * A restricted Boltzmann machine (Smolensky, 1986) of binary units: p(v, h) ∝ exp(a·v + b·h +
 * h·W·v), trained by contrastive divergence (Hinton, 2002).
 *
 * <p><b>Shapes</b> visible v [batch, visible], hidden h [batch, hidden]; parameters {@code weight}
 * [hidden, visible], {@code visible_bias} [visible], {@code hidden_bias} [hidden], both 0 at first.
 * Draws come from a stream of its own, which a checkpoint saves.
 */
public final class RestrictedBoltzmannMachine extends Layer {
  private final Parameter weight;
  private final Parameter visibleBias;
  private final Parameter hiddenBias;
  private final RandomStream random;

  /**
   * Creates the machine.
   *
   * @param setup how to make the weights
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public RestrictedBoltzmannMachine(Setup setup, int visible, int hidden) {
    Checks.atLeast("restricted_boltzmann_machine", "visible", visible, 1);
    Checks.atLeast("restricted_boltzmann_machine", "hidden", hidden, 1);
    weight = parameter("weight", setup.weight(visible, hidden, hidden, visible));
    visibleBias = parameter("visible_bias", setup.filled(0, visible));
    hiddenBias = parameter("hidden_bias", setup.filled(0, hidden));
    random = stream("draws", setup.fork());
  }

  /** Returns the probabilities of the hidden units, σ(W·v + b). */
  @Override
  public Variable forward(Variable v) {
    return field(v).sigmoid();
  }

  private Variable field(Variable v) {
    return Matmul.linear(v, weight.variable(), hiddenBias.variable());
  }

  /** Returns the probabilities of the visible units, σ(Wᵀ·h + a). */
  public Variable visible(Variable h) {
    return Matmul.product(h, false, weight.variable(), false).add(visibleBias.variable()).sigmoid();
  }

  /** Returns the free energy of each v, −a·v − Σ softplus(W·v + b), of which p(v) ∝ e^−F. */
  public Variable freeEnergy(Variable v) {
    Variable hidden = Elementwise.unary(UnaryOp.SOFTPLUS, field(v)).sum(1);
    return v.mul(visibleBias.variable()).sum(1).add(hidden).neg();
  }

  /** Returns v after so many steps of Gibbs sampling: hidden units drawn, visible ones drawn. */
  public Variable sample(Variable v, int steps) {
    Variable now = v.detach();
    for (int i = 0; i < steps; i++) {
      Variable h = StochasticBinary.draw(random, forward(now));
      now = StochasticBinary.draw(random, visible(h));
    }
    return now;
  }

  /**
   * Returns a scalar whose gradient is that of contrastive divergence: the mean free energy of the
   * data less that of what {@code steps} of Gibbs sampling make of it. With p = σ(W·v + b), dW is
   * ⟨p·vᵀ⟩ of the samples − ⟨p·vᵀ⟩ of the data.
   *
   * @param v the data, 0 or 1 or probabilities
   * @param steps of sampling, at least 1
   * @throws org.adjoint.tensor.ArgumentException if there is no step
   */
  public Variable contrastiveDivergence(Variable v, int steps) {
    Checks.atLeast("restricted_boltzmann_machine", "steps", steps, 1);
    return freeEnergy(v).mean().sub(freeEnergy(sample(v, steps)).mean());
  }
}
