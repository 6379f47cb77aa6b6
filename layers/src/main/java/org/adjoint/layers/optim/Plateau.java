package org.adjoint.layers.optim;

import org.adjoint.tensor.ArgumentException;

/**
 * Lowers an optimizer's learning rate when a measure has stopped getting better: after {@code
 * patience} measurements in a row that are not better than the best by the threshold, the rate is
 * multiplied with a factor.
 */
public final class Plateau {
  private final Optimizer optimizer;
  private final double factor;
  private final int patience;
  private boolean largerIsBetter;
  private double threshold = 1e-4;
  private boolean absolute;
  private int coolDown;
  private double least;
  private double best;
  private int bad;
  private int cooling;

  /**
   * Creates a schedule for a measure that is to become small, better meaning by one part in 10,000.
   *
   * @param factor in (0, 1)
   * @param patience how many measurements that are not better are allowed
   * @throws ArgumentException if a value is outside its range
   */
  public Plateau(Optimizer optimizer, double factor, int patience) {
    if (!(factor > 0 && factor < 1) || patience < 0) {
      throw new ArgumentException(
          "plateau",
          "factor and patience",
          factor + ", " + patience,
          "0 < factor < 1, patience >= 0");
    }
    this.optimizer = optimizer;
    this.factor = factor;
    this.patience = patience;
    this.best = Double.POSITIVE_INFINITY;
  }

  /** Watches a measure that is to become large, such as an accuracy. Returns this schedule. */
  public Plateau largerIsBetter() {
    largerIsBetter = true;
    best = Double.NEGATIVE_INFINITY;
    return this;
  }

  /**
   * Sets how much better is better. Returns this schedule.
   *
   * @param isAbsolute whether it is a difference; a share of the best otherwise
   */
  public Plateau threshold(double value, boolean isAbsolute) {
    threshold = Settings.notNegative("threshold", value);
    absolute = isAbsolute;
    return this;
  }

  /** Sets how many measurements after a change do not count. Returns this schedule. */
  public Plateau coolDown(int measurements) {
    coolDown = measurements;
    return this;
  }

  /** Sets the lowest rate. Returns this schedule. */
  public Plateau least(double rate) {
    least = Settings.notNegative("least", rate);
    return this;
  }

  /**
   * Takes a measurement, and lowers the learning rate if it is time.
   *
   * @return whether it was lowered
   */
  public boolean measured(double value) {
    if (isBetter(value)) {
      best = value;
      bad = 0;
    } else {
      bad++;
    }
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad <= patience) {
      return false;
    }
    cooling = coolDown;
    bad = 0;
    double now = optimizer.learningRate();
    double next = Math.max(now * factor, least);
    // PyTorch's guard: a change of less than this is none.
    if (now - next > 1e-8) {
      optimizer.learningRate(next);
    }
    return now - next > 1e-8;
  }

  private boolean isBetter(double value) {
    double margin = absolute ? threshold : threshold * best;
    return largerIsBetter
        ? value > best + (Double.isInfinite(best) ? 0 : margin)
        : value < best - (Double.isInfinite(best) ? 0 : margin);
  }

  /** Returns the best measurement so far. */
  public double best() {
    return best;
  }
}
