package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * Noisy cells: in training mode y = x + ε with ε ~ N(0, deviation²), anew for each element (Sietsma
 * and Dow, 1991); in evaluation mode y = x.
 *
 * <p><b>Shapes</b> any; y is like x. The noise comes from a stream of the layer's own, which a
 * checkpoint saves.
 */
public final class GaussianNoise extends Layer {
  private final double deviation;
  private final RandomStream random;

  /**
   * Creates the layer.
   *
   * @param setup where its random stream is forked from
   * @param deviation of the noise, at least 0
   * @throws ArgumentException if it is less than 0 or not finite
   */
  public GaussianNoise(Setup setup, double deviation) {
    if (!(deviation >= 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw new ArgumentException(
          "gaussian_noise", "deviation", deviation, "it must be at least 0 and finite");
    }
    this.deviation = deviation;
    random = stream("noise", setup.fork());
  }

  @Override
  public Variable forward(Variable x) {
    if (!isTraining() || deviation == 0) {
      return x;
    }
    Tensor noise = Tensor.result(x.value().device(), x.dtype(), x.shape());
    return x.add(Variable.of(random.normal(noise, 0, deviation)));
  }

  @Override
  public String toString() {
    return "GaussianNoise(" + deviation + ")";
  }
}
