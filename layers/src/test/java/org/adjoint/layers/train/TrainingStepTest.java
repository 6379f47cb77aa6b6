package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TrainingStepTest {
  private final Backend device = Backends.get("reference");
  private final Loss loss = new CrossEntropy();

  private Layer model() {
    Setup s = Setup.of(device, DType.F32, 4);
    return new Sequential(
        new Linear(s, 3, 5), Activation.relu(), new Dropout(s, 0.4), new Linear(s, 5, 2));
  }

  private Tensor x(int n, int seed) {
    Tensor t = Tensor.zeros(device, DType.F32, n, 3);
    device.kernels().random().uniform(seed, 0, -1, 1, t);
    return t;
  }

  private Tensor labels(int n) {
    int[] v = new int[n];
    for (int i = 0; i < n; i++) {
      v[i] = i % 2;
    }
    return Tensor.of(device, v, n);
  }

  private double eager(Layer model, Optimizer optimizer, Tensor x, Tensor t) {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      Variable l = loss.of(model.forward(Variable.of(x)), t);
      l.backward();
      optimizer.step();
      return l.item();
    }
  }

  private static void same(Layer a, Layer b) {
    a.tensors()
        .forEach(
            (n, t) -> assertArrayEquals(t.toFloatArray(), b.tensors().get(n).toFloatArray(), n));
  }

  @Test
  void anotherShapeModeOrFreezingIsRecordedAnew() {
    Layer eager = model();
    Layer replayed = model();
    Optimizer a = new Adam(eager, 0.01);
    Optimizer b = new Adam(replayed, 0.01);
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(8, 1), labels(8));
    final Program first = step.program();
    int[] sizes = {8, 8, 5, 8, 5, 8};
    for (int i = 0; i < sizes.length; i++) {
      Tensor x = x(sizes[i], i);
      Tensor t = labels(sizes[i]);
      assertEquals(eager(eager, a, x, t), step.run(x, t).item(), "step " + i);
    }
    assertSame(first, step.program());
    for (Layer m : new Layer[] {eager, replayed}) {
      m.eval();
      m.parameters().get("0.weight").trainable(false);
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(eager(eager, a, x(8, i), labels(8)), step.run(x(8, i), labels(8)).item());
    }
    assertNotSame(first, step.program());
    same(eager, replayed);
    assertEquals(a.steps(), b.steps());
  }

  @Test
  void eagerStepsAndReplayMayTakeTurns() {
    Layer eager = model();
    Layer mixed = model();
    Optimizer a = new Adam(eager, 0.01);
    Optimizer b = new Adam(mixed, 0.01);
    TrainingStep step = TrainingStep.capture(mixed, loss, b, x(4, 1), labels(4));
    for (int i = 0; i < 6; i++) {
      double expected = eager(eager, a, x(4, i), labels(4));
      double received =
          i % 2 == 0 ? step.run(x(4, i), labels(4)).item() : eager(mixed, b, x(4, i), labels(4));
      assertEquals(expected, received);
    }
    same(eager, mixed);
  }

  @Test
  void groupsAndStateOfTheOptimizerMayChangeAfterwards() {
    Layer eager = model();
    Layer replayed = model();
    Optimizer a = new Sgd(eager, 0.1, 0.9);
    Optimizer b = new Sgd(replayed, 0.1, 0.9);
    Map<String, Tensor> fresh = new TreeMap<>(b.state());
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(4, 1), labels(4));
    for (int i = 0; i < 9; i++) {
      if (i == 2) {
        a.group(n -> n.endsWith("bias")).rateFactor(0);
        b.group(n -> n.endsWith("bias")).rateFactor(0);
      }
      if (i == 5) {
        a.restore(fresh);
        b.restore(fresh);
      }
      assertEquals(
          eager(eager, a, x(4, i), labels(4)), step.run(x(4, i), labels(4)).item(), "step " + i);
      assertEquals(a.state().keySet(), b.state().keySet());
    }
    same(eager, replayed);
    b.state()
        .forEach((n, t) -> assertArrayEquals(t.toDoubleArray(), a.state().get(n).toDoubleArray()));
  }

  @Test
  void theShapesOfLongAgoAreForgotten() {
    Layer eager = model();
    Layer replayed = model();
    Optimizer a = new Sgd(eager, 0.1, 0.9);
    Optimizer b = new Sgd(replayed, 0.1, 0.9);
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(1, 1), labels(1));
    for (int i = 0; i < 2 * TrainingStep.MOST_SHAPES; i++) {
      int n = 1 + i % (TrainingStep.MOST_SHAPES + 1);
      assertEquals(
          eager(eager, a, x(n, i), labels(n)), step.run(x(n, i), labels(n)).item(), "step " + i);
    }
    assertEquals(TrainingStep.MOST_SHAPES, step.shapes());
  }

  @Test
  void aModelThatReadsValuesIsRefusedAndUnchanged() {
    Layer model = model();
    Loss reading =
        (y, t) -> {
          Variable l = loss.of(y, t);
          return l.item() > 1 ? l.mul(2) : l;
        };
    Optimizer optimizer = new Adam(model, 0.01);
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> TrainingStep.capture(model, reading, optimizer, x(4, 1), labels(4)));
    assertTrue(e.getMessage().contains("no values yet"), e.getMessage());
    same(model(), model);
    assertEquals(0, optimizer.steps());
    model.parameters().forEach((n, p) -> assertNull(p.gradient(), n));
  }

  @Test
  void aBatchThatDoesNotFitIsRefused() {
    Layer model = model();
    TrainingStep step =
        TrainingStep.capture(model, loss, new Adam(model, 0.01), x(4, 1), labels(4));
    assertThrows(ShapeException.class, () -> step.run(x(4, 1), labels(3)));
    assertThrows(
        ShapeException.class,
        () -> step.run(x(4, 1), Tensor.of(device, new int[] {0, 1, 2, 0}, 4)));
    step.run(x(4, 1), labels(4));
  }
}
