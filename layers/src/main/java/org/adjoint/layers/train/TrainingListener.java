package org.adjoint.layers.train;

/** Is told how training goes: progress bars, logs, plots. */
public interface TrainingListener {
  /** Called before the first batch. */
  default void onStart(Progress progress) {}

  /** Called after every update. */
  default void onBatch(Progress progress) {}

  /** Called after every epoch and its evaluation. */
  default void onEpoch(Progress progress, EpochResult result) {}

  /** Called after the last epoch of a run. */
  default void onEnd(History history) {}
}
