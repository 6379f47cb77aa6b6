package org.adjoint.layers.optim;

import org.adjoint.tensor.ArgumentException;

/** How the learning rate changes during training: a factor of the base rate for every step. */
@FunctionalInterface
public interface Schedule {
  /**
   * Returns the factor.
   *
   * @param step the step to come, from 0
   * @param total how many steps there will be
   */
  double factor(long step, long total);

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
