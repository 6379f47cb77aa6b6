package org.adjoint.layers.train;

import java.nio.file.Path;
import java.util.function.Function;
import org.adjoint.layers.io.AtomicFile;
import org.jspecify.annotations.Nullable;

/** Writes the history after every epoch, whole or not at all, as CSV or JSON. */
public final class MetricsLog implements TrainingListener {
  private final Path file;
  private final Function<History, String> text;
  private @Nullable Trainer trainer;

  private MetricsLog(Path file, Function<History, String> text) {
    this.file = file;
    this.text = text;
  }

  /** Returns a log as {@link History#csv}. */
  public static MetricsLog csv(Path file) {
    return new MetricsLog(file, History::csv);
  }

  /** Returns a log as {@link History#json}. */
  public static MetricsLog json(Path file) {
    return new MetricsLog(file, History::json);
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    if (trainer != null) {
      AtomicFile.write(file, text.apply(trainer.history()));
    }
  }
}
