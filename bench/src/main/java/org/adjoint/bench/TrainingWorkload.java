package org.adjoint.bench;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.layers.Layer;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/** Steps of forward, backward and update. */
final class TrainingWorkload implements Workload {
  private final String name;
  private final Layer model;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Tensor[] inputs;
  private final Tensor[] targets;

  TrainingWorkload(
      String name, Layer model, Loss loss, Optimizer optimizer, Tensor[] inputs, Tensor[] targets) {
    this.name = name;
    this.model = model;
    this.loss = loss;
    this.optimizer = optimizer;
    this.inputs = inputs;
    this.targets = targets;
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns the model, for tests that compare its parameters with those of the training loop. */
  Layer model() {
    return model;
  }

  /** Returns the eight batches of inputs. */
  Tensor[] inputs() {
    return inputs.clone();
  }

  /** Returns the eight batches of targets. */
  Tensor[] targets() {
    return targets.clone();
  }

  @Override
  public Workload replay() {
    TrainingStep step = recorded();
    return new Replayed(name, batch -> step.run(inputs[batch], targets[batch]));
  }

  @Override
  public ProgramGraph graph() {
    return recorded().graph();
  }

  private TrainingStep recorded() {
    model.train();
    return TrainingStep.capture(model, loss, optimizer, inputs[0], targets[0]);
  }

  @Override
  public ProgramGraph inference() {
    model.eval();
    try {
      return InferenceWorkload.program(model, inputs[0]).graph(model.tensors());
    } finally {
      model.train();
    }
  }

  @Override
  public void step(int batch) {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      loss.of(model.forward(Variable.of(inputs[batch])), targets[batch]).backward();
      optimizer.step();
    }
  }
}
