package org.adjoint.layers.init;

import org.adjoint.autograd.RandomStream;
import org.adjoint.tensor.Tensor;

/** Gives a parameter its first values. */
@FunctionalInterface
public interface Initializer {
  /**
   * Fills a tensor.
   *
   * @param out the parameter
   * @param fanIn how many inputs feed one output of the layer
   * @param fanOut how many outputs one input of the layer feeds
   * @param random where to draw from
   * @return {@code out}
   */
  Tensor fill(Tensor out, int fanIn, int fanOut, RandomStream random);
}
