package org.adjoint.layers.optim;

import org.adjoint.tensor.ArgumentException;

/**
 * How the learning rate changes during training: a factor of the base rate for every step. {@link
 * Schedules} has the field's.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * Returns the factor.
   *
   * @param step the step to come, from 0
   * @param total how many steps there will be
   */
  double factor(long step, long total);

  /** Returns the product of this factor and another's. */
  default Schedule times(Schedule other) {
    return (step, total) -> factor(step, total) * other.factor(step, total);
  }

  /**
   * Returns this schedule up to a step, and from there on another that begins at 0.
   *
   * @param start the first step of the other
   */
  default Schedule then(long start, Schedule other) {
    return (step, total) ->
        step < start ? factor(step, start) : other.factor(step - start, total - start);
  }

  /**
   * Returns this schedule with so many steps in the place of one: epochs, say.
   *
   * @throws ArgumentException if it is less than 1
   */
  default Schedule every(long steps) {
    if (steps < 1) {
      throw new ArgumentException("schedule", "steps", steps, "it must be at least 1");
    }
    return (step, total) -> factor(step / steps, total / steps);
  }

  /** Returns 1 always. */
  static Schedule constant() {
    return (step, total) -> 1;
  }

  /**
   * Returns half a cosine from 1 to 0 (Loshchilov and Hutter, 2017) after a linear warm-up (Goyal
   * et al., 2017): (t+1)/W for t &lt; W, else (1 + cos(π·(t−W)/(T−W)))/2.
   *
   * @param warmUp W, at least 0
   * @throws ArgumentException if it is negative
   */
  static Schedule cosine(long warmUp) {
    requireWarmUp(warmUp);
    return (step, total) ->
        step < warmUp
            ? (step + 1.0) / warmUp
            : 0.5 * (1 + StrictMath.cos(Math.PI * progress(step, warmUp, total)));
  }

  /**
   * Returns a straight line from 1 to 0 after a linear warm-up: (t+1)/W for t &lt; W, else 1 −
   * (t−W)/(T−W).
   *
   * @param warmUp W, at least 0
   * @throws ArgumentException if it is negative
   */
  static Schedule linear(long warmUp) {
    requireWarmUp(warmUp);
    return (step, total) ->
        step < warmUp ? (step + 1.0) / warmUp : 1 - progress(step, warmUp, total);
  }

  private static double progress(long step, long warmUp, long total) {
    return Math.min(1, (double) (step - warmUp) / Math.max(1, total - warmUp));
  }

  private static void requireWarmUp(long warmUp) {
    if (warmUp < 0) {
      throw new ArgumentException("schedule", "warmUp", warmUp, "it must be 0 or more steps");
    }
  }
}
