package org.adjoint.bench;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** A model in training on one batch, again and again: the subject of the checks of memory. */
final class SmallTraining {
  static final List<String> NAMES = List.of("mlp", "lenet5", "autoencoder", "batch_norm");

  final Layer model;
  final Optimizer optimizer;
  private final Loss loss;
  private final Tensor x;
  private final Tensor target;

  private SmallTraining(Layer model, Loss loss, Optimizer optimizer, Tensor x, Tensor target) {
    this.model = model;
    this.loss = loss;
    this.optimizer = optimizer;
    this.x = x;
    this.target = target;
  }

  /** Equal arguments give equal trainings. */
  static SmallTraining of(String name, Backend backend, int batch) {
    Setup setup = Setup.of(backend, DType.F32, 7);
    Layer model =
        switch (name) {
          case "mlp" -> Models.mlp(setup);
          case "lenet5" -> Models.lenet5(setup);
          case "autoencoder" -> Models.autoencoder(setup);
          default ->
              new Sequential(
                  new Linear(setup, 20, 32),
                  new BatchNorm(setup, 32),
                  Activation.relu(),
                  new Dropout(setup, 0.2),
                  new Linear(setup, 32, 10));
        };
    Shape shape =
        switch (name) {
          case "lenet5" -> Shape.of(batch, 1, 28, 28);
          case "batch_norm" -> Shape.of(batch, 20);
          default -> Shape.of(batch, 784);
        };
    Tensor x = Tensor.owned(backend, DType.F32, shape);
    backend.kernels().random().uniform(7, 0, 0, 1, x);
    if (name.equals("autoencoder")) {
      return new SmallTraining(
          model, BinaryCrossEntropyWithLogits.mean(), new Adam(model, 1e-3), x, x);
    }
    int[] labels = new int[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = i * 7 % 10;
    }
    return new SmallTraining(
        model, new CrossEntropy(), new Sgd(model, 0.01, 0.9), x, Tensor.of(backend, labels, batch));
  }

  private Variable loss() {
    return loss.of(model.forward(Variable.of(x)), target);
  }

  /** Forward, backward and update, in a scope. */
  void step() {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      loss().backward();
      optimizer.step();
    }
  }

  /** Returns how many variables the graph of a step has: results, parameters and inputs. */
  int nodes() {
    Set<Variable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    ArrayDeque<Variable> left = new ArrayDeque<>();
    try (Scope _ = Scope.open()) {
      left.add(loss());
      while (!left.isEmpty()) {
        Variable v = left.remove();
        if (seen.add(v)) {
          left.addAll(List.of(v.parents()));
        }
      }
    }
    return seen.size();
  }

  /** Returns the same step, recorded. */
  TrainingStep recorded() {
    return TrainingStep.capture(model, loss, optimizer, x, target);
  }

  /** Replays it. */
  void replay(TrainingStep recorded) {
    recorded.run(x, target);
  }

  /** Returns all that training changes: parameters, running statistics, state and positions. */
  Map<String, double[]> state() {
    Map<String, double[]> all = new LinkedHashMap<>();
    model.tensors().forEach((name, t) -> all.put(name, t.toDoubleArray()));
    optimizer.state().forEach((name, t) -> all.put(name, t.toDoubleArray()));
    model.streams().forEach((name, s) -> all.put(name, new double[] {s.offset()}));
    return all;
  }
}
