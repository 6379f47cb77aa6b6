package org.adjoint.tutorials;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.adjoint.layers.train.EpochResult;
import org.adjoint.layers.train.History;
import org.adjoint.layers.train.Progress;
import org.adjoint.layers.train.ProgressLog;
import org.adjoint.layers.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * Shows training as it goes: a bar with loss, accuracy, speed and time left on a terminal, and one
 * plain line an epoch anywhere else.
 */
final class ProgressDisplay implements TrainingListener {
  private static final long MESSAGE_NANOS = 200_000_000;

  private final PrintWriter out;
  private final boolean terminal;
  private @Nullable ProgressBar bar;
  private long lastMessage;

  ProgressDisplay(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Returns whether standard output is a terminal. */
  static boolean isTerminal() {
    return System.console() != null && System.console().isTerminal();
  }

  @Override
  public void onBatch(Progress p) {
    if (!terminal) {
      return;
    }
    ProgressBar current = bar;
    if (current == null) {
      current =
          new ProgressBarBuilder()
              .setTaskName("epoch " + p.epoch() + "/" + p.epochs())
              .setInitialMax(p.batches())
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .hideEta()
              .build();
      bar = current;
    }
    current.stepTo(p.batch());
    long now = System.nanoTime();
    if (now - lastMessage > MESSAGE_NANOS) {
      lastMessage = now;
      current.setExtraMessage(
          String.format(
              Locale.ROOT,
              " loss %.4f%s %,.0f/s, %.0f s left",
              p.loss(),
              Double.isNaN(p.accuracy())
                  ? ""
                  : String.format(Locale.ROOT, " acc %.2f%%", 100 * p.accuracy()),
              p.samplesPerSecond(),
              p.secondsLeft()));
    }
  }

  @Override
  public void onEpoch(Progress p, EpochResult r) {
    closeBar();
    out.println(ProgressLog.line(p, r));
    out.flush();
  }

  @Override
  public void onEnd(History history) {
    closeBar();
  }

  private void closeBar() {
    ProgressBar current = bar;
    if (current != null) {
      current.close();
      bar = null;
    }
  }
}
