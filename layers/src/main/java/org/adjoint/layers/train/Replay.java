package org.adjoint.layers.train;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Decides which steps of a trainer are replayed: those of a shape that has come before, if the task
 * can be recorded at all.
 */
final class Replay {
  /** Programs keep memory of their own; lengths of sequences can make shapes without end. */
  private static final int SHAPES = 32;

  private final Task task;
  private final Optimizer optimizer;
  private final Set<Shape> seen = new HashSet<>();
  private @Nullable TrainingStep step;
  private boolean wanted = true;
  private @Nullable AdjointException obstacle;

  Replay(Task task, Optimizer optimizer) {
    this.task = task;
    this.optimizer = optimizer;
  }

  void wanted(boolean on) {
    wanted = on;
  }

  @Nullable TrainingStep step() {
    return step;
  }

  @Nullable AdjointException obstacle() {
    return obstacle;
  }

  /** Makes the step and returns what the task gave; null if it must be computed as usual. */
  @Nullable List<Tensor> run(Batch batch) {
    if (!wanted
        || obstacle != null
        || !(task instanceof RecordableTask recordable)
        || Context.current().anomalies()) {
      return null;
    }
    Shape shape = batch.x().shape();
    if (!seen.contains(shape)) {
      if (seen.size() < SHAPES) {
        seen.add(shape);
      }
      return null;
    }
    TrainingStep known = step;
    if (known == null) {
      try {
        known = TrainingStep.capture(recordable, optimizer, batch);
      } catch (AdjointException e) {
        // It reads values, say. Nothing has changed, and steps are computed as before.
        obstacle = e;
        return null;
      }
      step = known;
    }
    return known.run(batch);
  }
}
