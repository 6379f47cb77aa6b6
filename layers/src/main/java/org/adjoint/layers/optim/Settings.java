package org.adjoint.layers.optim;

import org.adjoint.tensor.ArgumentException;

/** Ranges of the optimizers' settings. */
final class Settings {
  private Settings() {}

  /** Returns {@code Lion(0.1, decay 0.01)}. */
  static String text(String name, Optimizer optimizer) {
    double decay = optimizer.weightDecay();
    return name + "(" + optimizer.learningRate() + (decay == 0 ? "" : ", decay " + decay) + ")";
  }

  static double notNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new ArgumentException("optimizer", name, value, "it must be 0 or more, and finite");
    }
    return value;
  }

  static double decay(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new ArgumentException(
          "optimizer", name, value, "it must be at least 0 and less than 1");
    }
    return value;
  }

  static double positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new ArgumentException("optimizer", name, value, "it must be more than 0, and finite");
    }
    return value;
  }
}
