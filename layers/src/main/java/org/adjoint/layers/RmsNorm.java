package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/**
 * Root-mean-square normalisation (Zhang and Sennrich, 2019): y = γ · x/√(mean of x² + ε) over the
 * last axes of each sample.
 *
 * <p><b>Shapes</b> x and y […, normalized]; parameter {@code weight} γ, like the normalised axes.
 */
public final class RmsNorm extends Layer {
  private final Shape normalized;
  private final double epsilon;
  private final Parameter gamma;

  /** Creates the layer over the last axis, with ε = 1e-6. */
  public RmsNorm(Setup setup, int width) {
    this(setup, 1e-6, width);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameter lives; γ starts as 1
   * @param epsilon added to the mean of squares, more than 0
   * @param normalized the extents of the last axes
   * @throws ArgumentException if an extent is less than 1, or ε is not positive
   */
  public RmsNorm(Setup setup, double epsilon, int... normalized) {
    Checks.extents("rms_norm", "normalized", normalized);
    Checks.positive("rms_norm", "epsilon", epsilon);
    this.normalized = Shape.of(normalized);
    this.epsilon = epsilon;
    gamma = parameter("weight", setup.filled(1, normalized));
  }

  @Override
  public Variable forward(Variable x) {
    return LayerNorms.rmsNorm(x, normalized, gamma.variable(), epsilon);
  }

  @Override
  public String toString() {
    return "RmsNorm" + normalized;
  }
}
