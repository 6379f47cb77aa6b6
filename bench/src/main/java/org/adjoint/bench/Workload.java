package org.adjoint.bench;

import org.adjoint.autograd.capture.ProgramGraph;
import org.jspecify.annotations.Nullable;

/** One of the models on which speed is stated, with its eight batches and its optimizer. */
public interface Workload {
  /** Number of batches that a measurement rotates through. */
  int BATCHES = 8;

  /** Returns the name, as in the README's table. */
  String name();

  /**
   * Does one step: forward, backward and update for a training workload, forward alone for an
   * inference workload.
   *
   * @param batch which batch, from 0 to {@link #BATCHES} − 1
   */
  void step(int batch);

  /**
   * Returns the same work recorded once as a program, of which each step is a replay; itself if
   * there is nothing to record.
   */
  default Workload replay() {
    return this;
  }

  /** Returns what a recorded step does, to look at; null if there is nothing to record. */
  default @Nullable ProgramGraph graph() {
    return null;
  }

  /** Returns what the model alone does; null if a step is more than one model and its loss. */
  default @Nullable ProgramGraph inference() {
    return null;
  }
}
