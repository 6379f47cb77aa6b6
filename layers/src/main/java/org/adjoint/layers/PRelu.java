package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;

/**
 * The rectifier whose slope below 0 is learned (He et al., 2015): y = x above 0 and weight·x below.
 *
 * <p><b>Shapes</b> x and y [batch, channels, …]; parameter {@code weight} [channels], or [1] for a
 * slope that all share.
 */
public final class PRelu extends Layer {
  private final int channels;
  private final Parameter weight;

  /** Creates the layer with one slope of 0.25 for all channels. */
  public PRelu(Setup setup) {
    this(setup, 1, 0.25);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameter lives
   * @param channels 1, or the number of channels
   * @param slope what every slope starts as
   * @throws org.adjoint.tensor.ArgumentException if there is not at least one channel
   */
  public PRelu(Setup setup, int channels, double slope) {
    Checks.atLeast("prelu", "channels", channels, 1);
    this.channels = channels;
    weight = parameter("weight", setup.filled(slope, channels));
  }

  /** Returns the slopes. */
  public Parameter weight() {
    return weight;
  }

  @Override
  public Variable forward(Variable x) {
    return Elementwise.prelu(x, weight.variable());
  }

  @Override
  public String toString() {
    return "PRelu(" + channels + ")";
  }
}
