package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.LinkedHashMap;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What a snapshot puts back. */
class SnapshotTest {
  private final ReferenceBackend device = new ReferenceBackend();
  private final Setup setup = Setup.of(device, DType.F64, 3);
  private final Sequential model =
      new Sequential(
          new Linear(setup, 2, 3),
          new BatchNorm(setup, 3),
          new Dropout(setup, 0.3),
          new Linear(setup, 3, 1));
  private final Optimizer optimizer = new Adam(model, 0.1);
  private final Tensor x = Tensor.of(device, new double[] {1, 2, 3, 4, 5, 7}, 3, 2);

  private void step() {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      model.forward(Variable.of(x)).square().mean().backward();
      optimizer.step();
    }
  }

  private Map<String, double[]> state() {
    Map<String, double[]> all = new LinkedHashMap<>();
    model.tensors().forEach((name, t) -> all.put(name, t.toDoubleArray()));
    optimizer.state().forEach((name, t) -> all.put(name, t.toDoubleArray()));
    model.streams().forEach((name, s) -> all.put(name, new double[] {s.offset()}));
    return all;
  }

  private static void assertSameState(Map<String, double[]> expected, Map<String, double[]> now) {
    assertEquals(expected.keySet(), now.keySet());
    expected.forEach((name, e) -> assertArrayEquals(e, now.get(name), name));
  }

  @Test
  void whatWasBeforeTheFirstStepComesBack() {
    Map<String, double[]> start = state();
    Snapshot before = Snapshot.of(model, optimizer);
    step();
    Map<String, double[]> after = state();
    assertFalse(after.keySet().equals(start.keySet()), "Adam has made its moments");
    before.restore();
    assertSameState(start, state());
    assertNull(model.parameters().get("0.weight").gradient());
    step();
    assertSameState(after, state());
  }

  @Test
  void itCanBePutBackMoreThanOnceAndLeavesTheTensorsWhereTheyAre() {
    step();
    Map<String, double[]> start = state();
    Snapshot before = Snapshot.of(model, optimizer);
    Tensor moment = optimizer.state().get("m.0.weight");
    for (int i = 0; i < 2; i++) {
      optimizer.learningRate(0.5);
      step();
      step();
      before.restore();
      assertSameState(start, state());
      assertEquals(0.1, optimizer.learningRate());
      assertSame(moment, optimizer.state().get("m.0.weight"));
    }
  }
}
