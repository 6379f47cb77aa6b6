package org.adjoint.bench;

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
}
