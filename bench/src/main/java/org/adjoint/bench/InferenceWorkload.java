package org.adjoint.bench;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.Session;
import org.adjoint.layers.Layer;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/** Forward passes in evaluation mode, nothing recorded. */
final class InferenceWorkload implements Workload {
  private final String name;
  private final Layer model;
  private final Tensor[] inputs;

  InferenceWorkload(String name, Layer model, Tensor[] inputs) {
    this.name = name;
    this.model = model;
    this.inputs = inputs;
    model.eval();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Workload replay() {
    Session session = program(model, inputs[0]).session();
    return new Replayed(name, batch -> session.feed(0, inputs[batch]).run());
  }

  @Override
  public ProgramGraph graph() {
    return program(model, inputs[0]).graph(model.tensors());
  }

  @Override
  public ProgramGraph inference() {
    return graph();
  }

  /** Records a forward pass without gradients, in the mode that the model is in. */
  static Program program(Layer model, Tensor like) {
    Placeholder x = Placeholder.like("x", like);
    try (Graph.NoGrad _ = Graph.noGrad()) {
      return Program.capture(() -> model.forward(x.variable()), x);
    }
  }

  @Override
  public void step(int batch) {
    try (Scope _ = Scope.open();
        Graph.NoGrad _ = Graph.noGrad()) {
      model.forward(Variable.of(inputs[batch]));
    }
  }
}
