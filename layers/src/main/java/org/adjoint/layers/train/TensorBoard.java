package org.adjoint.layers.train;

import java.nio.file.Path;
import org.adjoint.layers.io.EventFile;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the course of a training for TensorBoard: loss and learning rate every few steps, and
 * after every epoch its results and a histogram of each parameter.
 */
public final class TensorBoard implements TrainingListener {
  private final Path folder;
  private final int every;
  private @Nullable Trainer trainer;
  private @Nullable EventFile events;

  /**
   * Creates the listener.
   *
   * @param folder where the event file goes, a run each
   * @param every how many steps lie between two points of a curve, at least 1
   * @throws ArgumentException if that is less
   */
  public TensorBoard(Path folder, int every) {
    if (every < 1) {
      throw new ArgumentException("tensorboard", "every", every, "it must be at least 1 step");
    }
    this.folder = folder;
    this.every = every;
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onStart(Progress progress) {
    events = EventFile.in(folder);
  }

  @Override
  public void onBatch(Progress progress) {
    if (events != null && progress.step() % every == 0) {
      events.scalar("batch/loss", progress.step(), progress.batchLoss());
      events.scalar("batch/learning_rate", progress.step(), progress.learningRate());
    }
  }

  @Override
  public void onEpoch(Progress progress, EpochResult r) {
    EventFile to = events;
    if (to == null || trainer == null) {
      return;
    }
    scalar(to, "train/loss", r.step(), r.trainLoss());
    scalar(to, "train/accuracy", r.step(), r.trainAccuracy());
    scalar(to, "held_out/loss", r.step(), r.heldOutLoss());
    scalar(to, "held_out/accuracy", r.step(), r.heldOutAccuracy());
    trainer
        .task()
        .network()
        .parameters()
        .forEach((name, p) -> to.histogram("parameters/" + name, r.step(), p.value()));
  }

  private static void scalar(EventFile to, String tag, long step, double value) {
    if (!Double.isNaN(value)) {
      to.scalar(tag, step, value);
    }
  }

  @Override
  public void onEnd(History history) {
    close();
  }

  @Override
  public void onFailure(RuntimeException failure) {
    close();
  }

  private void close() {
    if (events != null) {
      events.close();
      events = null;
    }
  }
}
