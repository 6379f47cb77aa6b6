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
  private final Set<Form> seen = new HashSet<>();
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

  /** What the batches of a step have in common, and how many they are. */
  private record Form(Shape shape, int batches) {}

  /** Makes the step and returns what the task gave; null if it must be computed as usual. */
  @Nullable List<Tensor> run(List<Batch> batches) {
    if (!wanted
        || obstacle != null
        || !(task instanceof RecordableTask recordable)
        || Context.current().anomalies()) {
      return null;
    }
    Shape shape = batches.getFirst().x().shape();
    if (!batches.stream().allMatch(b -> b.x().shape().equals(shape))) {
      // The last batch of an epoch may be smaller than those that it is added to.
      return null;
    }
    Form form = new Form(shape, batches.size());
    if (!seen.contains(form)) {
      if (seen.size() < SHAPES) {
        seen.add(form);
      }
      return null;
    }
    TrainingStep known = step;
    if (known == null) {
      try {
        known = TrainingStep.capture(recordable, optimizer, batches.toArray(new Batch[0]));
      } catch (AdjointException e) {
        // It reads values, say. Nothing has changed, and steps are computed as before.
        obstacle = e;
        return null;
      }
      step = known;
    }
    return known.run(batches);
  }
}
