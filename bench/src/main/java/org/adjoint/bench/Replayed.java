package org.adjoint.bench;

import java.util.function.IntConsumer;

/**
 * A workload whose steps are replays of a recorded program.
 *
 * @param name the workload's name
 * @param steps replays the program on a batch
 */
record Replayed(String name, IntConsumer steps) implements Workload {
  @Override
  public void step(int batch) {
    steps.accept(batch);
  }
}
