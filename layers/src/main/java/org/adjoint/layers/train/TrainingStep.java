package org.adjoint.layers.train;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.Session;
import org.adjoint.layers.Layer;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

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
 * is frozen make it record once more. For one thread.
 */
public final class TrainingStep {
  private record Key(Shape x, DType type, Shape target, boolean training) {}

  private final Layer model;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Map<Key, Session> sessions = new HashMap<>();
  private Key lastKey;
  private Session last;

  private TrainingStep(Layer model, Loss loss, Optimizer optimizer, Tensor x, Tensor target) {
    this.model = model;
    this.loss = loss;
    this.optimizer = optimizer;
    lastKey = key(x, target);
    last = record(x, target);
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
    return new TrainingStep(model, loss, optimizer, x, target);
  }

  private Key key(Tensor x, Tensor target) {
    return new Key(x.shape(), x.dtype(), target.shape(), model.isTraining());
  }

  private Session record(Tensor x, Tensor target) {
    Placeholder in = Placeholder.like("x", x);
    Placeholder to = Placeholder.like("target", target);
    return Program.capture(
            () -> {
              optimizer.resetGradients();
              Variable result = loss.of(model.forward(in.variable()), to.tensor());
              result.backward();
              optimizer.step();
              return result;
            },
            in,
            to)
        .session();
  }

  /**
   * Makes a step.
   *
   * @return the loss, a scalar; the next step writes over it
   * @throws org.adjoint.tensor.ShapeException if the batch does not fit the model
   */
  public Tensor run(Tensor x, Tensor target) {
    Session session = session(x, target);
    session.feed(0, x).feed(1, target).run();
    return session.output(0);
  }

  /** The session for such a batch; recorded if there is none. */
  private Session session(Tensor x, Tensor target) {
    boolean same =
        x.shape().equals(lastKey.x())
            && x.dtype() == lastKey.type()
            && target.shape().equals(lastKey.target())
            && model.isTraining() == lastKey.training();
    if (!same || !last.program().isCurrent()) {
      lastKey = key(x, target);
      Session known = sessions.get(lastKey);
      last = known != null && known.program().isCurrent() ? known : record(x, target);
      sessions.put(lastKey, last);
    }
    return last;
  }

  /** Returns the program of the last step, to look at. */
  public Program program() {
    return last.program();
  }

  /** Returns what that program does, with the names of parameters, buffers and optimizer state. */
  public ProgramGraph graph() {
    Map<String, Tensor> names = new LinkedHashMap<>(model.tensors());
    names.putAll(optimizer.state());
    return last.program().graph(names);
  }
}
