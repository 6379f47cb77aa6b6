package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.tensor.ArgumentException;

/**
 * Channels as pixels (Shi et al., 2016), after a convolution the enlargement of an image without a
 * transposed convolution.
 *
 * <p><b>Shapes</b> x [batch, c·factor², h, w] → y [batch, c, h·factor, w·factor]; no parameters.
 */
public final class PixelShuffle extends Layer {
  private final int factor;

  /**
   * Creates the layer.
   *
   * @throws ArgumentException if the factor is less than 1
   */
  public PixelShuffle(int factor) {
    Checks.atLeast("pixel_shuffle", "factor", factor, 1);
    this.factor = factor;
  }

  @Override
  public Variable forward(Variable x) {
    return Resampling.pixelShuffle(x, factor);
  }

  @Override
  public String toString() {
    return "PixelShuffle(" + factor + ")";
  }
}
