package org.adjoint.layers.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.Session;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A training step, forward, backward and update, recorded once and replayed for every batch: the
 * bits of the step itself in less time and without allocating.
 *
 * <pre>{@code
 * TrainingStep step = TrainingStep.capture(model, new CrossEntropy(), optimizer, x, labels);
 * for (Batch batch : loader) {
 *   double loss = step.run(batch.x(), batch.labels()).item();
 * }
 * }</pre>
 *
 * <p>The learning rate, the number of the step and the positions of random streams are those of the
 * moment. A batch of another shape, such as the last of an epoch, and a change of mode or of what
 * is frozen make it record once more; the recordings of the last {@value #MOST_SHAPES} shapes are
 * kept. For one thread.
 */
public final class TrainingStep {
  private static final int[] NO_INDICES = {};

  /** Recordings of other shapes are kept for so many. */
  static final int MOST_SHAPES = 32;

  /** A recording and what it gives. */
  private record Recorded(Session session, List<Tensor> results) {
    Recorded(Session session) {
      this(
          session,
          IntStream.range(0, session.program().outputs()).mapToObj(session::output).toList());
    }

    boolean isCurrent() {
      return session.program().isCurrent();
    }
  }

  private record Key(
      Shape x,
      DType type,
      Shape target,
      DType targetType,
      @Nullable Shape lengths,
      boolean training) {
    boolean isOf(Batch batch, boolean inTraining) {
      Tensor sizes = batch.lengths();
      return batch.x().shape().equals(x)
          && batch.x().dtype() == type
          && batch.labels().shape().equals(target)
          && batch.labels().dtype() == targetType
          && Objects.equals(sizes == null ? null : sizes.shape(), lengths)
          && inTraining == training;
    }
  }

  private final Network network;
  private final Function<Batch, List<Variable>> outputs;
  private final Optimizer optimizer;

  /** By age of their last change of shape. */
  private final LinkedHashMap<Key, Recorded> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private Key lastKey;
  private Recorded last;

  private TrainingStep(
      Network network, Function<Batch, List<Variable>> outputs, Optimizer optimizer, Batch batch) {
    this.network = network;
    this.outputs = outputs;
    this.optimizer = optimizer;
    lastKey = key(batch);
    last = record(batch);
    sessions.put(lastKey, last);
  }

  /**
   * Records the step; nothing is computed or changed.
   *
   * @param model what to train, in the mode it is in
   * @param loss of the model's result and a target
   * @param optimizer of the model
   * @param x a batch of the usual shape
   * @param target what the loss compares with
   * @throws org.adjoint.autograd.capture.CaptureException if the model reads values in Java
   */
  public static TrainingStep capture(
      Layer model, Loss loss, Optimizer optimizer, Tensor x, Tensor target) {
    return new TrainingStep(
        model,
        batch -> List.of(loss.of(model.forward(Variable.of(batch.x())), batch.labels())),
        optimizer,
        batch(x, target));
  }

  private static Batch batch(Tensor x, Tensor target) {
    return new Batch(x, target, NO_INDICES, x.rank() == 0 ? 1 : x.dim(0));
  }

  /**
   * Records the step of a task; nothing is computed or changed.
   *
   * @param optimizer of the task's network
   * @param batch of the usual shape
   * @throws org.adjoint.autograd.capture.CaptureException if the task reads values in Java
   */
  public static TrainingStep capture(RecordableTask task, Optimizer optimizer, Batch batch) {
    return new TrainingStep(task.network(), task::outputs, optimizer, batch);
  }

  private Key key(Batch batch) {
    Tensor sizes = batch.lengths();
    return new Key(
        batch.x().shape(),
        batch.x().dtype(),
        batch.labels().shape(),
        batch.labels().dtype(),
        sizes == null ? null : sizes.shape(),
        network.isTraining());
  }

  private Recorded record(Batch sample) {
    Placeholder x = Placeholder.like("x", sample.x());
    Placeholder target = Placeholder.like("target", sample.labels());
    Tensor lengths = sample.lengths();
    Placeholder sizes = lengths == null ? null : Placeholder.like("lengths", lengths);
    Batch batch =
        new Batch(
            x.tensor(),
            target.tensor(),
            sizes == null ? null : sizes.tensor(),
            sample.indices(),
            sample.size());
    Program program =
        Program.captureAll(
            () -> {
              optimizer.resetGradients();
              List<Variable> results = outputs.apply(batch);
              results.get(0).backward();
              optimizer.step();
              return results;
            },
            sizes == null ? new Placeholder[] {x, target} : new Placeholder[] {x, target, sizes});
    return new Recorded(program.session());
  }

  /**
   * Makes a step.
   *
   * @return the loss, a scalar; the next step writes over it
   * @throws org.adjoint.tensor.ShapeException if the batch does not fit the model
   */
  public Tensor run(Tensor x, Tensor target) {
    return run(batch(x, target)).get(0);
  }

  /**
   * Makes a step of a task.
   *
   * @return what the task gives, the loss first; the next step writes over it
   */
  public List<Tensor> run(Batch batch) {
    Recorded recorded = recorded(batch);
    Session session = recorded.session;
    session.feed(0, batch.x()).feed(1, batch.labels());
    Tensor lengths = batch.lengths();
    if (lengths != null) {
      session.feed(2, lengths);
    }
    session.run();
    return recorded.results;
  }

  /** Returns the recording for such a batch, made now if there is none. */
  private Recorded recorded(Batch batch) {
    if (!lastKey.isOf(batch, network.isTraining()) || !last.isCurrent()) {
      lastKey = key(batch);
      Recorded known = sessions.get(lastKey);
      last = known != null && known.isCurrent() ? known : record(batch);
      sessions.put(lastKey, last);
      if (sessions.size() > MOST_SHAPES) {
        sessions.pollFirstEntry();
      }
    }
    return last;
  }

  /** Returns how many recordings are kept. */
  int shapes() {
    return sessions.size();
  }

  /** Returns the program of the last step, to look at. */
  public Program program() {
    return last.session.program();
  }

  /** Returns what that program does, with the names of parameters, buffers and optimizer state. */
  public ProgramGraph graph() {
    Map<String, Tensor> names = new LinkedHashMap<>(network.tensors());
    names.putAll(optimizer.state());
    return last.session.program().graph(names);
  }
}
