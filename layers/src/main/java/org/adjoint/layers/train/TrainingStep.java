package org.adjoint.layers.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
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
import org.adjoint.tensor.AdjointException;
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
      int batches,
      boolean training) {
    boolean isOf(List<Batch> all, boolean inTraining) {
      Batch batch = all.getFirst();
      Tensor sizes = batch.lengths();
      return batch.x().shape().equals(x)
          && batch.x().dtype() == type
          && batch.labels().shape().equals(target)
          && batch.labels().dtype() == targetType
          && Objects.equals(sizes == null ? null : sizes.shape(), lengths)
          && all.size() == batches
          && inTraining == training;
    }
  }

  private final Network network;
  private final Function<List<Batch>, List<Variable>> step;
  private final Supplier<Map<String, Tensor>> names;

  /** By age of their last change of shape. */
  private final LinkedHashMap<Key, Recorded> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private Key lastKey;
  private Recorded last;

  private TrainingStep(
      Network network,
      Function<List<Batch>, List<Variable>> step,
      Supplier<Map<String, Tensor>> names,
      List<Batch> batches) {
    this.network = network;
    this.step = step;
    this.names = names;
    lastKey = key(batches);
    last = record(batches);
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
    Function<Batch, List<Variable>> outputs =
        batch -> List.of(loss.of(model.forward(Variable.of(batch.x())), batch.labels()));
    return capture(model, outputs, optimizer, List.of(batch(x, target)));
  }

  private static TrainingStep capture(
      Network network,
      Function<Batch, List<Variable>> outputs,
      Optimizer optimizer,
      List<Batch> batches) {
    return new TrainingStep(
        network, all -> accumulate(optimizer, all, outputs), optimizer::state, batches);
  }

  /**
   * Records what is done with a batch and with others of other shapes.
   *
   * @param step gives the results; it leaves no gradient behind that it has not reset itself
   */
  static TrainingStep capture(
      Network network, Function<List<Batch>, List<Variable>> step, Batch batch) {
    return new TrainingStep(network, step, Map::of, List.of(batch));
  }

  private static Batch batch(Tensor x, Tensor target) {
    return new Batch(x, target, NO_INDICES, x.rank() == 0 ? 1 : x.dim(0));
  }

  /**
   * Records the step of a task; nothing is computed or changed.
   *
   * @param optimizer of the task's network
   * @param batches one of the usual shape, or several of one shape whose gradients add up, each
   *     divided by their number
   * @throws org.adjoint.autograd.capture.CaptureException if the task reads values in Java
   */
  public static TrainingStep capture(RecordableTask task, Optimizer optimizer, Batch... batches) {
    return capture(task.network(), task::outputs, optimizer, List.of(batches));
  }

  private Key key(List<Batch> batches) {
    Batch batch = batches.getFirst();
    Tensor sizes = batch.lengths();
    return new Key(
        batch.x().shape(),
        batch.x().dtype(),
        batch.labels().shape(),
        batch.labels().dtype(),
        sizes == null ? null : sizes.shape(),
        batches.size(),
        network.isTraining());
  }

  private Recorded record(List<Batch> samples) {
    List<Placeholder> all = new ArrayList<>();
    List<Batch> batches = new ArrayList<>();
    for (Batch sample : samples) {
      Tensor lengths = sample.lengths();
      batches.add(
          new Batch(
              placeholder(all, "x", sample.x()),
              placeholder(all, "target", sample.labels()),
              lengths == null ? null : placeholder(all, "lengths", lengths),
              sample.indices(),
              sample.size()));
    }
    Program program =
        Program.captureAll(() -> step.apply(batches), all.toArray(new Placeholder[0]));
    return new Recorded(program.session());
  }

  private static Tensor placeholder(List<Placeholder> all, String name, Tensor like) {
    Placeholder placeholder = Placeholder.like(name, like);
    all.add(placeholder);
    return placeholder.tensor();
  }

  /**
   * Makes one step for several batches, as if they were one: gradients of their mean losses add up,
   * each divided by their number.
   *
   * @param outputs gives the loss of a batch, and the rest
   * @return what each batch gives, one behind the other
   */
  static List<Variable> accumulate(
      Optimizer optimizer, List<Batch> batches, Function<Batch, List<Variable>> outputs) {
    optimizer.resetGradients();
    List<Variable> results = new ArrayList<>();
    int n = batches.size();
    for (Batch batch : batches) {
      List<Variable> given = outputs.apply(batch);
      Variable loss = given.get(0);
      (n == 1 ? loss : loss.mul(1.0 / n)).backward();
      results.addAll(given);
    }
    optimizer.step();
    return results;
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
   * @param batches as many as were recorded, or a number and a shape of which another recording is
   *     made; if several, all of one shape
   * @return what the task gives, the loss first, for each batch in turn; the next step writes over
   *     it
   */
  public List<Tensor> run(Batch... batches) {
    return run(List.of(batches));
  }

  List<Tensor> run(List<Batch> batches) {
    Recorded recorded = recorded(batches);
    Session session = recorded.session;
    int place = 0;
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      session.feed(place++, batch.x()).feed(place++, batch.labels());
      Tensor lengths = batch.lengths();
      if (lengths != null) {
        session.feed(place++, lengths);
      }
    }
    session.run();
    return recorded.results;
  }

  /** Returns the recording for such batches, made now if there is none. */
  private Recorded recorded(List<Batch> batches) {
    if (!lastKey.isOf(batches, network.isTraining()) || !last.isCurrent()) {
      Key key = key(batches);
      Recorded known = sessions.get(key);
      last = known != null && known.isCurrent() ? known : record(batches);
      lastKey = key;
      sessions.put(key, last);
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

  /**
   * Returns whether the last step was one piece of work of the device, such as one launch of a CUDA
   * graph; so it is from the third step of a shape on.
   */
  public boolean isGraph() {
    return last.session.isGraph();
  }

  /** Returns why steps cannot be one piece of work of the device, null if nothing is in the way. */
  public @Nullable AdjointException graphObstacle() {
    return last.session.graphObstacle();
  }

  /** Returns what that program does, with the names of parameters, buffers and optimizer state. */
  public ProgramGraph graph() {
    Map<String, Tensor> names = new LinkedHashMap<>(network.tensors());
    names.putAll(this.names.get());
    return last.session.program().graph(names);
  }
}
