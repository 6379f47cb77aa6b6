package org.adjoint.bench;

import java.util.Map;
import java.util.function.Supplier;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.Session;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/**
 * Whole steps of any kind: resetting, forward, backward and updates, of any number of operands.
 *
 * @param name the workload's name
 * @param steps makes a step
 * @param batches the operands of eight batches
 * @param names gives parameters, buffers and optimizers' state by name, once a step was made
 */
record StepWorkload(
    String name, Step steps, Tensor[][] batches, Supplier<Map<String, Tensor>> names)
    implements Workload {
  /** Makes a step and returns its loss. */
  @FunctionalInterface
  interface Step {
    Variable run(Variable... operands);
  }

  @Override
  public void step(int batch) {
    try (Scope _ = Scope.open()) {
      Tensor[] operands = batches[batch];
      Variable[] given = new Variable[operands.length];
      for (int i = 0; i < given.length; i++) {
        given[i] = Variable.of(operands[i]);
      }
      steps.run(given);
    }
  }

  private Program recorded() {
    Tensor[] first = batches[0];
    Placeholder[] places = new Placeholder[first.length];
    Variable[] given = new Variable[first.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = Placeholder.like("operand " + i, first[i]);
      given[i] = places[i].variable();
    }
    return Program.capture(() -> steps.run(given), places);
  }

  @Override
  public ProgramGraph graph() {
    Program program = recorded();
    return program.graph(names.get());
  }

  @Override
  public Workload replay() {
    Session session = recorded().session();
    return new Replayed(
        name,
        batch -> {
          for (int i = 0; i < batches[batch].length; i++) {
            session.feed(i, batches[batch][i]);
          }
          session.run();
        });
  }
}
