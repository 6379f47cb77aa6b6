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

  private boolean sparse;

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

  /** Returns whether only the rows of a table that a step has looked up are updated. */
  public boolean isSparse() {
    return sparse;
  }

  /**
   * Updates only the rows of a table that a step has looked up; the others keep what they are, and
   * their state. It is PyTorch's SparseAdam when the optimizer is Adam, and no longer what the
   * optimizer would do with the whole gradient, but of plain descent, which does so anyway. A
   * gradient that is whole, of a table used in several places or clipped, updates all rows. Returns
   * this group.
   */
  public ParameterGroup sparse(boolean on) {
    sparse = on;
    return this;
  }
}
