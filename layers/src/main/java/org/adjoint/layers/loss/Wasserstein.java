package org.adjoint.layers.loss;

import java.util.List;
import java.util.function.UnaryOperator;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;

/**
 * What a Wasserstein GAN makes small (Arjovsky, Chintala and Bottou, 2017). The critic's parameters
 * are kept small by {@link org.adjoint.layers.optim.Clipping#weights}, or its slope is kept near 1
 * by the {@linkplain #gradientPenalty gradient penalty}.
 */
public final class Wasserstein {
  private Wasserstein() {}

  /** Returns the critic's loss, mean f(fake) − mean f(real), from its scores. */
  public static Variable critic(Variable real, Variable fake) {
    return fake.mean().sub(real.mean());
  }

  /** Returns the generator's loss, −mean f(fake). */
  public static Variable generator(Variable fake) {
    return fake.mean().neg();
  }

  /**
   * Returns the mean over the batch of (‖∇f(x̂)‖ − 1)² at x̂ = u·real + (1−u)·fake (Gulrajani et
   * al., 2017), a node that can be differentiated by the critic's parameters; the paper multiplies
   * it with 10.
   *
   * @param critic f, from a batch to scores
   * @param real examples, the batch along axis 0
   * @param fake generated ones, of the same shape; no gradient flows into them
   * @param share u, uniform in [0, 1), one for each example in a shape that broadcasts, [batch, 1
   *     …]
   */
  public static Variable gradientPenalty(
      UnaryOperator<Variable> critic, Variable real, Variable fake, Variable share) {
    Variable apart = fake.detach();
    Variable between = apart.add(share.mul(real.detach().sub(apart)));
    Variable at = Variable.parameter(between.value());
    Variable scores = critic.apply(at).sum();
    Variable slope = Backprop.gradients(scores, List.of(at), true).getFirst();
    Variable norms = slope.reshape(slope.shape().dim(0), -1).square().sum(1).sqrt();
    return norms.add(-1).square().mean();
  }
}
