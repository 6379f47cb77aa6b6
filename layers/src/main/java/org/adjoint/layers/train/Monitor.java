package org.adjoint.layers.train;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What tells one epoch's model from a better one. */
public enum Monitor {
  /** The loss on the held-out samples; lower is better. */
  HELD_OUT_LOSS(EpochResult::heldOutLoss, false),
  /** The accuracy on the held-out samples; higher is better. */
  HELD_OUT_ACCURACY(EpochResult::heldOutAccuracy, true),
  /** The training loss; lower is better. */
  TRAIN_LOSS(EpochResult::trainLoss, false);

  private final ToDoubleFunction<EpochResult> value;
  private final boolean higher;

  Monitor(ToDoubleFunction<EpochResult> value, boolean higher) {
    this.value = value;
    this.higher = higher;
  }

  /** Returns the value of an epoch. */
  public double of(EpochResult result) {
    return value.applyAsDouble(result);
  }

  /** Returns whether a value is better than another by more than a margin; NaN never is. */
  boolean isBetter(double value, double than, double margin) {
    return higher ? value > than + margin : value < than - margin;
  }

  /**
   * Returns the first of the best epochs, those that improve on all before by more than {@code
   * least}; 0 if there is none, since an epoch without a value (NaN) is never best.
   */
  public int best(List<EpochResult> epochs, double least) {
    int best = 0;
    double known = Double.NEGATIVE_INFINITY;
    for (EpochResult e : epochs) {
      double v = higher ? of(e) : -of(e);
      if (v > known + least) {
        known = v;
        best = e.epoch();
      }
    }
    return best;
  }
}
