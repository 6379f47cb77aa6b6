package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/**
 * Layer normalisation (Ba, Kiros and Hinton, 2016): y = γ · (x − mean)/√(variance + ε) + β, mean
 * and biased variance of the last axes of each sample.
 *
 * <p><b>Shapes</b> x and y […, normalized]; parameters {@code weight} γ and {@code bias} β, like
 * the normalised axes.
 */
public final class LayerNorm extends Layer {
  private final Shape normalized;
  private final double epsilon;
  private final Parameter gamma;
  private final Parameter beta;

  /** Creates the layer over the last axis, with ε = 1e-5. */
  public LayerNorm(Setup setup, int width) {
    this(setup, 1e-5, width);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameters live; γ starts as 1, β as 0
   * @param epsilon added to the variance, more than 0
   * @param normalized the extents of the last axes
   * @throws ArgumentException if an extent is less than 1, or ε is not positive
   */
  public LayerNorm(Setup setup, double epsilon, int... normalized) {
    Checks.extents("layer_norm", "normalized", normalized);
    Checks.positive("layer_norm", "epsilon", epsilon);
    this.normalized = Shape.of(normalized);
    this.epsilon = epsilon;
    gamma = parameter("weight", setup.filled(1, normalized));
    beta = parameter("bias", setup.filled(0, normalized));
  }

  @Override
  public Variable forward(Variable x) {
    return LayerNorms.layerNorm(x, normalized, gamma.variable(), beta.variable(), epsilon);
  }

  @Override
  public String toString() {
    return "LayerNorm" + normalized;
  }
}
