package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * Images enlarged by a whole factor.
 *
 * <p><b>Shapes</b> x [batch, c, h, w] → y [batch, c, h·factor, w·factor]; no parameters.
 */
public final class Upsample extends Layer {
  /** How the pixels between are made. */
  public enum Mode {
    /** Copies of the nearest. */
    NEAREST,
    /** Linear along both axes, pixels being squares. */
    BILINEAR,
    /** Linear along both axes, the corner pixels staying where they are. */
    BILINEAR_ALIGNED
  }

  private final int factor;
  private final Mode mode;

  /**
   * Creates the layer.
   *
   * @throws ArgumentException if the factor is less than 1
   */
  public Upsample(int factor, Mode mode) {
    Checks.atLeast("upsample", "factor", factor, 1);
    this.factor = factor;
    this.mode = mode;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 4) {
      throw new ShapeException(
          "upsample", "x", x.shape(), "it must be [batch, channels, height, width]");
    }
    int h = x.shape().dim(2) * factor;
    int w = x.shape().dim(3) * factor;
    return mode == Mode.NEAREST
        ? Resampling.nearest(x, h, w)
        : Resampling.bilinear(x, h, w, mode == Mode.BILINEAR_ALIGNED);
  }

  @Override
  public String toString() {
    return "Upsample(" + factor + ", " + mode + ")";
  }
}
