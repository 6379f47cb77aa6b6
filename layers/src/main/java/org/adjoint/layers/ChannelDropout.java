package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;

/**
 * Dropout of whole channels (Tompson et al., 2015; elsewhere Dropout2d or SpatialDropout): in
 * training mode each channel of each sample is 0 with probability p and x/(1 − p) otherwise; in
 * evaluation mode y = x. Neighbouring pixels say the same, so that dropping single ones would hide
 * little.
 *
 * <p><b>Shapes</b> x and y [batch, channels, …]. The mask comes from a stream of the layer's own,
 * which a checkpoint saves.
 */
public final class ChannelDropout extends Layer {
  private final double probability;
  private final RandomStream random;

  /**
   * Creates the layer.
   *
   * @param setup where its random stream is forked from
   * @param probability p, the share of channels to drop, in [0, 1]; with 1 nothing is left
   * @throws ArgumentException if p is outside that range
   */
  public ChannelDropout(Setup setup, double probability) {
    Checks.probability("channel_dropout", "probability", probability);
    this.probability = probability;
    this.random = stream("mask", setup.fork());
  }

  @Override
  public Variable forward(Variable x) {
    Shape s = x.shape();
    if (s.rank() < 2) {
      throw new ShapeException("channel_dropout", "x", s, "it must be [batch, channels, ...]");
    }
    if (!isTraining() || probability == 0) {
      return x;
    }
    int[] dims = new int[s.rank()];
    for (int a = 0; a < dims.length; a++) {
      dims[a] = a < 2 ? s.dim(a) : 1;
    }
    return x.mul(Dropout.mask(random, probability, x.value(), Shape.of(dims)));
  }

  @Override
  public String toString() {
    return "ChannelDropout(" + probability + ")";
  }
}
