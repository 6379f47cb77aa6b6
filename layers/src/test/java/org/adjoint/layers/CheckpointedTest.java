package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.reference.ReferenceBackend;
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

  /** Blocks whose values inside are many more than their operands and parameters. */
  private static Sequential deep(Backend on, boolean saving) {
    Setup setup = Setup.of(on, DType.F64, 3);
    Layer[] blocks = new Layer[8];
    for (int i = 0; i < blocks.length; i++) {
      Layer block =
          new Sequential(
              new Linear(setup, 2, 6),
              Activation.tanh(),
              new Dropout(setup, 0.5),
              new Linear(setup, 6, 6),
              Activation.sigmoid(),
              new Linear(setup, 6, 2));
      blocks[i] = saving ? new Checkpointed(block) : block;
    }
    return new Sequential(blocks);
  }

  @Test
  void aDeepNetTakesLessMemory() {
    long[] planned = new long[2];
    long[] used = new long[2];
    double[][] losses = new double[2][6];
    for (int i = 0; i < 2; i++) {
      Backend own = new ReferenceBackend();
      Layer layer = deep(own, i == 1);
      Optimizer optimizer = new Adam(layer, 0.01);
      Variable in = Variable.of(Recorded.tensor(Recorded.signed(1, 400), own, DType.F64));
      Supplier<Variable> step =
          () -> {
            optimizer.resetGradients();
            Variable loss = layer.forward(in.reshape(200, 2)).square().sum();
            loss.backward();
            optimizer.step();
            return loss;
          };
      for (int s = 0; s < 3; s++) {
        try (Scope _ = Scope.open()) {
          losses[i][s] = step.get().item();
        }
      }
      used[i] = own.memory().peak();
      Program program = Program.capture(step);
      planned[i] = program.plannedBytes();
      Session session = program.session();
      for (int s = 3; s < 6; s++) {
        session.run();
        losses[i][s] = session.output(0).item();
      }
    }
    assertArrayEquals(losses[0], losses[1]);
    // Eight blocks' insides are now one block's, and the operands of the eight.
    assertTrue(used[1] < used[0] / 3, used[1] + " of " + used[0]);
    assertTrue(planned[1] < planned[0] / 3, planned[1] + " of " + planned[0]);
  }

  @Test
  void oneWithinAnother() {
    Setup setup = Setup.of(device, DType.F64, 3);
    Layer inner = new Checkpointed(new Linear(setup, 3, 3));
    Layer outer = new Checkpointed(new Sequential(inner, Activation.tanh()));
    Layer plain =
        new Sequential(new Linear(Setup.of(device, DType.F64, 3), 3, 3), Activation.tanh());
    Program.capture(() -> step(outer, new Adam(outer, 0.01))).session().run();
    step(plain, new Adam(plain, 0.01));
    same(plain, outer);
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
