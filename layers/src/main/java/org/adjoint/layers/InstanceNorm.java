package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky, 2016): y = (x − mean)/√(variance + ε),
 * mean and biased variance of each channel of each sample; if asked for, then γ · y + β.
 *
 * <p><b>Shapes</b> x and y [batch, channels, …]; parameters {@code weight} γ and {@code bias} β
 * [channels], or none.
 */
public final class InstanceNorm extends Layer {
  private final int channels;
  private final double epsilon;
  private final @Nullable Parameter gamma;
  private final @Nullable Parameter beta;

  /** Creates the layer without parameters, with ε = 1e-5. */
  public InstanceNorm(Setup setup, int channels) {
    this(setup, channels, 1e-5, false);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameters live; γ starts as 1, β as 0
   * @param channels extent of axis 1
   * @param epsilon added to the variance, more than 0
   * @param affine whether there are γ and β
   * @throws ArgumentException if a number is not positive
   */
  public InstanceNorm(Setup setup, int channels, double epsilon, boolean affine) {
    Checks.atLeast("instance_norm", "channels", channels, 1);
    Checks.positive("instance_norm", "epsilon", epsilon);
    this.channels = channels;
    this.epsilon = epsilon;
    gamma = affine ? parameter("weight", setup.filled(1, channels)) : null;
    beta = affine ? parameter("bias", setup.filled(0, channels)) : null;
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException also if a channel of a sample has a single value
   */
  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() < 3 || x.shape().dim(1) != channels) {
      throw new ShapeException(
          "instance_norm", "x", x.shape(), "this layer takes [batch, " + channels + ", ...]");
    }
    if (x.shape().size() == x.shape().dim(0) * channels) {
      throw new ShapeException(
          "instance_norm", "x", x.shape(), "a channel needs more than one value");
    }
    return LayerNorms.instanceNorm(
        x, gamma == null ? null : gamma.variable(), beta == null ? null : beta.variable(), epsilon);
  }

  @Override
  public String toString() {
    return "InstanceNorm(" + channels + (gamma == null ? ")" : ", affine)");
  }
}
