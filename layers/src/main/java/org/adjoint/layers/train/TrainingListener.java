package org.adjoint.layers.train;

import java.util.Map;
import org.adjoint.tensor.Tensor;

/**
 * Is told how training goes, and may stop it: progress bars, logs, early stopping, checkpoints. A
 * trainer calls its listeners in the order in which they were added.
 */
public interface TrainingListener {
  /** Called once, when the trainer gets this listener. */
  default void onAttach(Trainer trainer) {}

  /** Called before the first batch. */
  default void onStart(Progress progress) {}

  /** Called after every update. */
  default void onBatch(Progress progress) {}

  /** Called after every epoch and its evaluation. */
  default void onEpoch(Progress progress, EpochResult result) {}

  /** Called after the last epoch of a run, or when it was stopped. */
  default void onEnd(History history) {}

  /** Called instead of {@link #onEnd} if a step or a listener has failed. */
  default void onFailure(RuntimeException failure) {}

  /** Called if the first step seems to hold one of the usual mistakes. */
  default void onWarning(Warning warning) {}

  /**
   * Returns what the state of this listener is called in a saved training; of several alike all but
   * the first are numbered. A trainer that lacks a listener with saved state is not resumed.
   *
   * @return a name without a colon
   */
  default String stateName() {
    return "listener";
  }

  /** Returns tensors that a saved training must hold for this listener to go on, by name. */
  default Map<String, Tensor> state() {
    return Map.of();
  }

  /** Takes back what {@link #state} gave when the training was saved. */
  default void restore(Map<String, Tensor> state) {}
}
