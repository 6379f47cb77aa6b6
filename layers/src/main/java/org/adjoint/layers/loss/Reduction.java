package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;

/** What becomes of the losses of single elements or rows. */
public enum Reduction {
  /** They stay as they are; backpropagation needs a scalar, so combine them yourself. */
  NONE,
  /** Their mean. */
  MEAN,
  /** Their sum. */
  SUM,
  /** Their sum divided by the extent of axis 0: the mean of what each example sums to. */
  BATCH_MEAN;

  /** Returns what becomes of these losses. */
  public Variable of(Variable losses) {
    return switch (this) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
      case BATCH_MEAN -> losses.sum().mul(1.0 / losses.shape().dim(0));
    };
  }
}
