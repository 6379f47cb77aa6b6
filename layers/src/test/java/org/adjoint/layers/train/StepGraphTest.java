package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Kind;
import org.adjoint.autograd.capture.ProgramGraph.Value;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What a recorded training step tells of itself. */
class StepGraphTest {
  @Test
  void theGraphHasTheNamesOfTheModelAndTheOptimizer() {
    Backend device = Backends.get("reference");
    Setup setup = Setup.of(device, DType.F32, 1);
    Sequential model =
        new Sequential(
            new Linear(setup, 3, 4),
            new BatchNorm(setup, 4),
            Activation.relu(),
            new Linear(setup, 4, 2));
    Tensor x = Tensor.zeros(device, DType.F32, 5, 3);
    Tensor labels = Tensor.zeros(device, DType.I32, 5);
    Sgd optimizer = new Sgd(model, 0.1, 0.9);
    ProgramGraph g = TrainingStep.capture(model, new CrossEntropy(), optimizer, x, labels).graph();
    assertEquals(List.of("x", "target"), names(g, Kind.INPUT));
    assertEquals(
        model.parameters().keySet().stream().sorted().toList(),
        names(g, Kind.PARAMETER).stream().sorted().toList());
    List<String> state = names(g, Kind.STATE).stream().sorted().toList();
    assertEquals(List.of("1.running_mean", "1.running_var"), state.subList(0, 2));
    assertEquals(6, state.stream().filter(s -> s.startsWith("velocity.")).count());
    assertEquals(6, g.nodes(Phase.UPDATE).size());
  }

  private static List<String> names(ProgramGraph g, Kind kind) {
    return g.values(kind).stream().map(Value::name).toList();
  }
}
