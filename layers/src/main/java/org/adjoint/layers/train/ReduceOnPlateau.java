package org.adjoint.layers.train;

import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies the learning rate, whatever its schedule says, with a factor when the model has not
 * become better for some epochs; better is by one part in 10,000, as in {@link
 * org.adjoint.layers.optim.Plateau}. What it does follows from the history alone, so that a
 * training that is resumed goes on alike.
 */
public final class ReduceOnPlateau implements TrainingListener {
  private static final double THRESHOLD = 1e-4;

  private final Monitor monitor;
  private final double factor;
  private final int patience;
  private @Nullable Trainer trainer;

  /**
   * Creates the listener.
   *
   * @param monitor what to watch
   * @param factor in (0, 1)
   * @param patience how many epochs in a row may pass that are not better, 0 or more
   * @throws ArgumentException if a number is outside its range
   */
  public ReduceOnPlateau(Monitor monitor, double factor, int patience) {
    if (!(factor > 0 && factor < 1) || patience < 0) {
      throw new ArgumentException(
          "reduce_on_plateau",
          "factor and patience",
          factor + " and " + patience,
          "the first is in (0, 1), the second 0 or more");
    }
    this.monitor = monitor;
    this.factor = factor;
    this.patience = patience;
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onStart(Progress progress) {
    reduce();
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    reduce();
  }

  private void reduce() {
    if (trainer == null) {
      return;
    }
    double scale = 1;
    double best = Double.NaN;
    int bad = 0;
    for (EpochResult e : trainer.results) {
      double v = monitor.of(e);
      if (Double.isNaN(best) || monitor.isBetter(v, best, THRESHOLD * best)) {
        best = v;
        bad = 0;
      } else if (++bad > patience) {
        scale *= factor;
        bad = 0;
      }
    }
    trainer.scale = scale;
  }
}
