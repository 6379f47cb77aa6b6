package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
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
   * @param probability p, the share of elements to drop, in [0, 1)
   * @throws ArgumentException if p is outside that range
   */
  public Dropout(Setup setup, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new ArgumentException(
          "dropout", "probability", probability, "it must be at least 0 and less than 1");
    }
    this.probability = probability;
    this.random = stream("mask", setup.fork());
  }

  @Override
  public Variable forward(Variable x) {
    if (!isTraining() || probability == 0) {
      return x;
    }
    Tensor mask = Tensor.result(x.value().device(), x.dtype(), x.shape());
    random.bernoulli(mask, 1 - probability);
    // The factor goes into the mask, so that forward and backward are one product each.
    Backends.kernels(mask.device())
        .elementwise()
        .unary(UnaryOp.MUL_SCALAR, mask, 1 / (1 - probability), 0, mask);
    return x.mul(Variable.of(mask));
  }

  @Override
  public String toString() {
    return "Dropout(" + probability + ")";
  }
}
