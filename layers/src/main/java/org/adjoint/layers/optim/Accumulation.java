package org.adjoint.layers.optim;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.tensor.ArgumentException;

/**
 * One step for every n batches, as if they were one batch n times as large: gradients of the
 * batches' mean losses add up, each divided by n.
 *
 * <pre>{@code
 * Accumulation accumulation = new Accumulation(optimizer, 4);
 * for (Batch batch : loader) {
 *   accumulation.add(criterion.of(model.forward(batch.x()), batch.labels()));
 * }
 * }</pre>
 */
public final class Accumulation {
  private final Optimizer optimizer;
  private final int batches;
  private int count;

  /**
   * Creates an accumulation.
   *
   * @param batches n
   * @throws ArgumentException if it is less than 1
   */
  public Accumulation(Optimizer optimizer, int batches) {
    if (batches < 1) {
      throw new ArgumentException("accumulation", "batches", batches, "it must be at least 1");
    }
    this.optimizer = optimizer;
    this.batches = batches;
  }

  /**
   * Goes back from the mean loss of a batch, and makes a step if it is the last of n. A step can be
   * recorded with all its n batches, not with some of them.
   *
   * @return whether a step was made
   */
  public boolean add(Variable loss) {
    Recording recording = Recording.current();
    if (recording != null) {
      int before = count;
      recording.guard(this, "Accumulation.pending", () -> count);
      recording.undo(() -> count = before);
    }
    if (count == 0) {
      optimizer.resetGradients();
    }
    loss.mul(1.0 / batches).backward();
    count = (count + 1) % batches;
    if (count == 0) {
      optimizer.step();
    }
    return count == 0;
  }

  /** Returns how many batches were added since the last step. */
  public int pending() {
    return count;
  }
}
