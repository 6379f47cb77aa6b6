package org.adjoint.layers.train;

import java.util.Locale;
import java.util.function.Consumer;

/** Says how it goes: a line an epoch, every warning, and why it stopped. */
public final class ProgressLog implements TrainingListener {
  private final Consumer<String> out;

  /** Creates the listener; {@code System.out::println} is a usual place for its lines. */
  public ProgressLog(Consumer<String> out) {
    this.out = out;
  }

  /** Returns what is to be said of an epoch. */
  public static String line(Progress p, EpochResult r) {
    return String.format(
            Locale.ROOT, "epoch %2d/%d  loss %.4f", r.epoch(), p.epochs(), r.trainLoss())
        + percent("  accuracy", r.trainAccuracy())
        + (Double.isNaN(r.heldOutLoss())
            ? ""
            : String.format(Locale.ROOT, "  held out: loss %.4f", r.heldOutLoss()))
        + percent("  accuracy", r.heldOutAccuracy())
        + String.format(
            Locale.ROOT,
            "  %,.0f samples/s  %.1f s, %.0f s left",
            p.samplesPerSecond(),
            r.seconds(),
            p.secondsLeft());
  }

  private static String percent(String name, double share) {
    return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%s %.2f%%", name, 100 * share);
  }

  @Override
  public void onWarning(Warning warning) {
    out.accept("warning: " + warning);
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    out.accept(line(progress, result));
  }
}
