package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.tensor.ArgumentException;

/**
 * Group normalisation (Wu and He, 2018): y = γ · (x − mean)/√(variance + ε) + β, mean and biased
 * variance of a group of channels of each sample, γ and β by channel.
 *
 * <p><b>Shapes</b> x and y [batch, channels, …]; parameters {@code weight} γ and {@code bias} β
 * [channels].
 */
public final class GroupNorm extends Layer {
  private final int groups;
  private final int channels;
  private final double epsilon;
  private final Parameter gamma;
  private final Parameter beta;

  /** Creates the layer with ε = 1e-5. */
  public GroupNorm(Setup setup, int groups, int channels) {
    this(setup, groups, channels, 1e-5);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameters live; γ starts as 1, β as 0
   * @param groups how many groups the channels form
   * @param channels extent of axis 1
   * @param epsilon added to the variance, more than 0
   * @throws ArgumentException if groups do not divide the channels, or a number is not positive
   */
  public GroupNorm(Setup setup, int groups, int channels, double epsilon) {
    Checks.atLeast("group_norm", "channels", channels, 1);
    Checks.divides("group_norm", "groups", groups, "channels", channels);
    Checks.positive("group_norm", "epsilon", epsilon);
    this.groups = groups;
    this.channels = channels;
    this.epsilon = epsilon;
    gamma = parameter("weight", setup.filled(1, channels));
    beta = parameter("bias", setup.filled(0, channels));
  }

  @Override
  public Variable forward(Variable x) {
    return LayerNorms.groupNorm(x, groups, gamma.variable(), beta.variable(), epsilon);
  }

  @Override
  public String toString() {
    return "GroupNorm(" + groups + ", " + channels + ")";
  }
}
