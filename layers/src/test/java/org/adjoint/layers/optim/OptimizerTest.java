package org.adjoint.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  private final Backend device = Backends.get("reference");

  private Linear layer(int seed) {
    return new Linear(Setup.of(device, DType.F32, seed), 3, 2);
  }

  private void steps(Linear layer, Optimizer optimizer, int count) {
    Variable x = Variable.of(Tensor.of(device, new float[] {1, -2, 0.5f, 0, 1, 1}, 2, 3));
    for (int i = 0; i < count; i++) {
      optimizer.resetGradients();
      layer.forward(x).square().sum().backward();
      optimizer.step();
    }
  }

  private static List<Function<Linear, Optimizer>> all() {
    return List.of(
        l -> new Sgd(l, 0.01),
        l -> new Sgd(l, 0.01, 0.9),
        l -> new Sgd(l, 0.01, 0.9, true, 0.1),
        l -> new Adam(l, 0.01),
        l -> Adam.adamW(l, 0.01, 0.1),
        l -> new Adam(l, 0.01, 0.9, 0.99, 1e-8, 0, false, true),
        l -> new Adagrad(l, 0.01, 0, 0.5, 1e-10, 0),
        l -> new Adadelta(l, 0.5),
        l -> new RmsProp(l, 0.01, 0.9, 1e-8, 0, 0.5, true),
        l -> new NAdam(l, 0.01),
        l -> new RAdam(l, 0.01),
        l -> new Lion(l, 0.01));
  }

  @Test
  void restoredStateGoesOnWithTheSameBits() {
    for (Function<Linear, Optimizer> kind : all()) {
      Linear straight = layer(1);
      Optimizer optimizer = kind.apply(straight);
      steps(straight, optimizer, 3);
      Linear resumed = layer(1);
      Optimizer second = kind.apply(resumed);
      steps(resumed, second, 3);
      Optimizer third = kind.apply(resumed);
      third.restore(second.state());
      assertEquals(3, third.steps());
      // The state was copied: the old optimizer's further steps do not disturb the new one.
      steps(layer(1), second, 1);
      steps(straight, optimizer, 4);
      steps(resumed, third, 4);
      assertArrayEquals(
          straight.weight().value().toFloatArray(),
          resumed.weight().value().toFloatArray(),
          optimizer.toString());
    }
  }

  @Test
  void stateIsNamed() {
    Linear l = layer(1);
    Optimizer adam = new Adam(l, 0.1);
    assertEquals(List.of("steps"), new ArrayList<>(adam.state().keySet()));
    steps(l, adam, 1);
    assertEquals(
        List.of("steps", "m.weight", "v.weight", "m.bias", "v.bias"),
        new ArrayList<>(adam.state().keySet()));
    assertEquals("Adam(0.1)", adam.toString());
    assertEquals("AdamW(0.1, decay 0.2)", Adam.adamW(l, 0.1, 0.2).toString());
    assertEquals(
        "Sgd(0.1, momentum 0.9, nesterov, decay 0.2)", new Sgd(l, 0.1, 0.9, true, 0.2).toString());
    assertEquals(
        "Sgd(0.1, momentum 0.9, dampening 0.5)",
        new Sgd(l, 0.1, 0.9, 0.5, false, 0, false).toString());
    assertEquals(
        "Adam(0.1, amsgrad)", new Adam(l, 0.1, 0.9, 0.99, 1e-8, 0, false, true).toString());
    assertEquals("Adagrad(0.1)", new Adagrad(l, 0.1).toString());
    assertEquals("Adadelta(1.0)", new Adadelta(l, 1).toString());
    assertEquals("RmsProp(0.1)", new RmsProp(l, 0.1).toString());
    assertEquals("NAdam(0.1)", new NAdam(l, 0.1).toString());
    assertEquals("RAdam(0.1)", new RAdam(l, 0.1).toString());
    assertEquals("Lion(0.1, decay 0.3)", new Lion(l, 0.1, 0.9, 0.99, 0.3).toString());
  }

  @Test
  void foreignStateIsRefused() {
    Linear l = layer(1);
    Optimizer adam = new Adam(l, 0.1);
    steps(l, adam, 1);
    Optimizer sgd = new Sgd(l, 0.1, 0.9);
    assertThrows(ArgumentException.class, () -> sgd.restore(adam.state()));
    assertThrows(ArgumentException.class, () -> adam.restore(Map.of()));
    Map<String, Tensor> wrong = new HashMap<>(adam.state());
    wrong.put("m.bias", Tensor.zeros(device, DType.F32, 3));
    assertThrows(ShapeException.class, () -> adam.restore(wrong));
  }

  @Test
  void frozenParametersAndThoseWithoutGradientStay() {
    Linear l = layer(1);
    Optimizer optimizer = Adam.adamW(l, 0.1, 0.5);
    float[] before = l.weight().value().toFloatArray();
    optimizer.step();
    assertArrayEquals(before, l.weight().value().toFloatArray());
    l.weight().trainable(false);
    steps(l, optimizer, 2);
    assertArrayEquals(before, l.weight().value().toFloatArray());
    l.weight().trainable(true);
    steps(l, optimizer, 1);
    assertTrue(before[0] != l.weight().value().toFloatArray()[0]);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    Linear l = layer(1);
    assertThrows(ArgumentException.class, () -> new Sgd(l, -1));
    assertThrows(ArgumentException.class, () -> new Sgd(l, Double.NaN));
    assertThrows(ArgumentException.class, () -> new Sgd(l, 0.1, 1));
    assertThrows(ArgumentException.class, () -> new Sgd(l, 0.1, 0, true, 0));
    assertThrows(ArgumentException.class, () -> new Sgd(l, 0.1, 0, false, -1));
    assertThrows(ArgumentException.class, () -> new Sgd(l, 0.1, 0.9, 0.1, true, 0, false));
    assertThrows(ArgumentException.class, () -> new Adagrad(l, 0.1, -1, 0, 1e-10, 0));
    assertThrows(ArgumentException.class, () -> new RmsProp(l, 0.1, 1, 1e-8, 0, 0, false));
    assertThrows(ArgumentException.class, () -> new Adam(l, 0.1, 1, 0.9, 1e-8, 0, false));
    assertThrows(ArgumentException.class, () -> new Adam(l, 0.1, 0.9, 0.9, 0, 0, false));
    assertThrows(ArgumentException.class, () -> new Adam(l, Double.POSITIVE_INFINITY));
    assertThrows(ArgumentException.class, () -> new Sgd(new Flatten(), 0.1));
    assertThrows(ArgumentException.class, () -> new Adam(l, 0.1).learningRate(-0.1));
  }

  @Test
  void schedules() {
    assertEquals(1, Schedule.constant().factor(7, 10));
    Schedule cosine = Schedule.cosine(4);
    assertEquals(0.25, cosine.factor(0, 12));
    assertEquals(1, cosine.factor(3, 12));
    assertEquals(1, cosine.factor(4, 12));
    assertEquals(0.5, cosine.factor(8, 12), 1e-15);
    assertEquals(0.5 * (1 + Math.cos(Math.PI * 7 / 8)), cosine.factor(11, 12), 1e-15);
    Schedule linear = Schedule.linear(2);
    assertEquals(0.5, linear.factor(0, 10));
    assertEquals(0.75, linear.factor(4, 10));
    assertEquals(0, linear.factor(10, 10));
    // A warm-up longer than the training never ends; a step behind the end stays at the end.
    assertEquals(0.1, Schedule.linear(20).factor(1, 2));
    assertEquals(0, linear.factor(30, 10));
    assertThrows(ArgumentException.class, () -> Schedule.cosine(-1));
  }
}
