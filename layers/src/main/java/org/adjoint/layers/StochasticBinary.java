package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.tensor.Tensor;

/**
 * Probabilistic cells: in training mode y is 1 with probability p = σ(x) and 0 otherwise, with the
 * gradient of p, straight through the draw (Bengio, Léonard and Courville, 2013); in evaluation
 * mode y = p.
 *
 * <p><b>Shapes</b> any; y is like x. The draws come from a stream of the layer's own, which a
 * checkpoint saves.
 */
public final class StochasticBinary extends Layer {
  private final RandomStream random;

  /**
   * Creates the layer.
   *
   * @param setup where its random stream is forked from
   */
  public StochasticBinary(Setup setup) {
    random = stream("draws", setup.fork());
  }

  @Override
  public Variable forward(Variable x) {
    Variable p = x.sigmoid();
    return isTraining() ? straightThrough(draw(random, p), p) : p;
  }

  /** Returns 1 with the probability of each element, else 0; a constant. */
  static Variable draw(RandomStream random, Variable p) {
    Tensor u = Tensor.result(p.value().device(), p.dtype(), p.shape());
    return Elementwise.binary(BinaryOp.LT, Variable.of(random.uniform(u, 0, 1)), p.detach());
  }

  /** Returns a constant with the gradient of something smooth, whose value cancels exactly. */
  static Variable straightThrough(Variable value, Variable smooth) {
    return value.add(smooth.sub(smooth.detach()));
  }
}
