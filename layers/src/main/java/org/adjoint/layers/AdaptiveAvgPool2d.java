package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.tensor.ArgumentException;

/**
 * The mean of each bin, so many of which cover images of any size that y has the size asked for.
 *
 * <p><b>Shapes</b> x [batch, c, h, w] → y [batch, c, height, width]; no parameters.
 */
public final class AdaptiveAvgPool2d extends Layer {
  private final int height;
  private final int width;

  /**
   * Creates the layer.
   *
   * @throws ArgumentException if height or width is less than 1
   */
  public AdaptiveAvgPool2d(int height, int width) {
    Checks.atLeast("adaptive_avg_pool2d", "height", height, 1);
    Checks.atLeast("adaptive_avg_pool2d", "width", width, 1);
    this.height = height;
    this.width = width;
  }

  @Override
  public Variable forward(Variable x) {
    return Resampling.adaptiveAvgPool2d(x, height, width);
  }

  @Override
  public String toString() {
    return "AdaptiveAvgPool2d(" + height + "x" + width + ")";
  }
}
