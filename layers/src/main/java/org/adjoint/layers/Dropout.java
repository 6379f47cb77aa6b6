package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Dropout (Srivastava et al., 2014), inverted: in training mode each element is 0 with probability
 * p and x/(1 − p) otherwise, so that its expectation is x; in evaluation mode y = x.
 *
 * <p><b>Shapes</b> any; y is like x. The mask comes from a stream of the layer's own, which a
 * checkpoint saves.
 */
public final class Dropout extends Layer {
  private final double probability;
  private final RandomStream random;

  /**
   * Creates the layer.
   *
   * @param setup where its random stream is forked from
   * @param probability p, the share of elements to drop, in [0, 1]; with 1 nothing is left
   * @throws ArgumentException if p is outside that range
   */
  public Dropout(Setup setup, double probability) {
    Checks.probability("dropout", "probability", probability);
    this.probability = probability;
    this.random = stream("mask", setup.fork());
  }

  @Override
  public Variable forward(Variable x) {
    if (!isTraining() || probability == 0) {
      return x;
    }
    return x.mul(mask(random, probability, x.value(), x.shape()));
  }

  /**
   * Returns what drops by multiplying: 0 with a probability p, else 1/(1 − p), so that forward and
   * backward are one product each.
   */
  static Variable mask(RandomStream random, double probability, Tensor like, Shape shape) {
    Tensor mask = Tensor.result(like.device(), like.dtype(), shape);
    double keep = 1 - probability;
    random.bernoulli(mask, keep);
    if (keep > 0) {
      // Where nothing is kept the factor would be infinite, and 0 · ∞ no number.
      Backends.kernels(mask.device())
          .elementwise()
          .unary(UnaryOp.MUL_SCALAR, mask, 1 / keep, 0, mask);
    }
    return Variable.of(mask);
  }

  @Override
  public String toString() {
    return "Dropout(" + probability + ")";
  }
}
