package org.adjoint.layers.optim;

import org.adjoint.kernels.UpdateStep;
import org.jspecify.annotations.Nullable;

/**
 * Parameters that an {@link Optimizer} changes with settings of their own: the learning rate of the
 * group is a factor times the optimizer's, so that one schedule serves all groups.
 *
 * <pre>{@code
 * optimizer.group(name -> name.endsWith("bias")).rateFactor(2).weightDecay(0);
 * }</pre>
 */
public final class ParameterGroup {
  private double rateFactor = 1;
  private double weightDecay;

  /** The settings of the step that is being made. */
  @Nullable UpdateStep step;

  ParameterGroup(double weightDecay) {
    this.weightDecay = weightDecay;
  }

  /** Returns what the optimizer's learning rate is multiplied with. */
  public double rateFactor() {
    return rateFactor;
  }

  /**
   * Sets what the optimizer's learning rate is multiplied with. Returns this group.
   *
   * @throws org.adjoint.tensor.ArgumentException if it is negative or not a number
   */
  public ParameterGroup rateFactor(double factor) {
    rateFactor = Settings.notNegative("rateFactor", factor);
    return this;
  }

  /** Returns the weight decay λ. */
  public double weightDecay() {
    return weightDecay;
  }

  /**
   * Sets the weight decay λ. Returns this group.
   *
   * @throws org.adjoint.tensor.ArgumentException if it is negative or not a number
   */
  public ParameterGroup weightDecay(double decay) {
    weightDecay = Settings.notNegative("weightDecay", decay);
    return this;
  }
}
