package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CheckpointedTest {
  private final Backend device = Backends.get("reference");
  private final Tensor x = Recorded.tensor(Recorded.signed(1, 12), device, DType.F64).reshape(4, 3);

  private Sequential block() {
    Setup setup = Setup.of(device, DType.F64, 3);
    return new Sequential(
        new Linear(setup, 3, 8),
        new BatchNorm(setup, 8),
        Activation.tanh(),
        new Dropout(setup, 0.5),
        new Linear(setup, 8, 2));
  }

  private static List<double[]> everything(Layer layer) {
    List<double[]> all = new ArrayList<>();
    layer.tensors().values().forEach(t -> all.add(t.toDoubleArray()));
    return all;
  }

  private Variable step(Layer layer, Optimizer optimizer) {
    optimizer.resetGradients();
    Variable loss = layer.forward(Variable.of(x)).square().sum();
    loss.backward();
    optimizer.step();
    return loss;
  }

  private static void same(Layer a, Layer b) {
    List<double[]> expected = everything(a);
    List<double[]> got = everything(b);
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), got.get(i));
    }
  }

  @Test
  void stepsHaveTheBitsOfTheLayerItself() {
    Layer plain = block();
    Layer saving = new Checkpointed(block());
    Optimizer first = new Adam(plain, 0.01);
    Optimizer second = new Adam(saving, 0.01);
    for (int i = 0; i < 3; i++) {
      try (Scope _ = Scope.open()) {
        assertEquals(step(plain, first).item(), step(saving, second).item());
      }
    }
    same(plain, saving);
    assertTrue(saving.toString().startsWith("Checkpointed(Sequential"));
    // Forward and backward together drew one mask a step.
    assertEquals(
        plain.streams().values().iterator().next().offset(),
        saving.streams().values().iterator().next().offset());
  }

  @Test
  void aReplayHasThem() {
    Layer plain = block();
    Layer saving = new Checkpointed(block());
    Optimizer first = new Adam(plain, 0.01);
    Optimizer second = new Adam(saving, 0.01);
    Session session = Program.capture(() -> step(saving, second)).session();
    for (int i = 0; i < 3; i++) {
      step(plain, first);
      session.run();
    }
    same(plain, saving);
  }

  @Test
  void gradientsOfGradientsGoThroughIt() {
    double[][] results = new double[2][];
    for (int i = 0; i < 2; i++) {
      Setup setup = Setup.of(device, DType.F64, 3);
      Layer layer = new Sequential(new Linear(setup, 3, 5), Activation.tanh());
      Layer used = i == 0 ? layer : new Checkpointed(layer);
      Variable in = Variable.parameter(x);
      Variable y = used.forward(in).sum();
      Variable g = Backprop.gradients(y, List.of(in), true).getFirst();
      g.square().sum().backward();
      Tensor second = in.grad();
      results[i] = second == null ? new double[0] : second.toDoubleArray();
    }
    assertEquals(12, results[0].length);
    assertArrayEquals(results[0], results[1]);
  }

  @Test
  void nothingInsideIsKept() {
    Layer saving = new Checkpointed(block());
    try (Scope scope = Scope.open()) {
      Variable y = saving.forward(Variable.of(x));
      assertEquals(1, scope.size());
      assertEquals("checkpoint", y.op() == null ? "" : y.op().name());
    }
  }
}
