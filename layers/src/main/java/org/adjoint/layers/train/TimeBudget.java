package org.adjoint.layers.train;

import java.time.Duration;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/** Stops after the first batch that ends beyond a time, counted from the first batch of a run. */
public final class TimeBudget implements TrainingListener {
  private final Duration budget;
  private @Nullable Trainer trainer;

  /**
   * Creates the listener.
   *
   * @throws ArgumentException if the budget is not more than nothing
   */
  public TimeBudget(Duration budget) {
    if (budget.isNegative() || budget.isZero()) {
      throw new ArgumentException("time_budget", "budget", budget, "it must be more than 0");
    }
    this.budget = budget;
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onBatch(Progress progress) {
    if (progress.totalNanos > budget.toNanos() && trainer != null) {
      trainer.stop("the time of " + budget.toSeconds() + " s is used up");
    }
  }
}
