package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.models.Models;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F32, 1);

  /** Two parts, a shared parameter, a buffer. */
  private static final class Pair extends Network {
    final Linear first;

    Pair(Setup setup) {
      first = child("first", new Linear(setup, 2, 2));
      child("second", new Sequential(new BatchNorm(setup, 2), new Dropout(setup, 0.5)));
      parameter("scale", Tensor.zeros(setup.device(), DType.F32, 1));
    }
  }

  @Test
  void namesAreDottedAndInOrder() {
    Pair pair = new Pair(setup);
    assertEquals(
        List.of("scale", "first.weight", "first.bias", "second.0.weight", "second.0.bias"),
        new ArrayList<>(pair.parameters().keySet()));
    assertEquals(
        List.of("second.0.running_mean", "second.0.running_var"),
        new ArrayList<>(pair.buffers().keySet()));
    assertEquals(List.of("second.1.mask"), new ArrayList<>(pair.streams().keySet()));
    assertEquals(List.of("first", "second"), new ArrayList<>(pair.children().keySet()));
    assertEquals(7, pair.tensors().size());
    assertEquals(1 + 4 + 2 + 2 + 2, pair.parameterCount());
  }

  @Test
  void badNamesAreRefused() {
    Network n = new Network() {};
    n.buffer("a", Tensor.zeros(device, DType.F32, 1));
    ArgumentException taken =
        assertThrows(ArgumentException.class, () -> n.child("a", new Flatten()));
    assertTrue(taken.getMessage().contains("taken"), taken.getMessage());
    assertThrows(ArgumentException.class, () -> n.child("", new Flatten()));
    assertThrows(ArgumentException.class, () -> n.child("a.b", new Flatten()));
  }

  @Test
  void modesReachEveryPart() {
    Pair pair = new Pair(setup);
    assertTrue(pair.isTraining());
    pair.eval();
    assertFalse(pair.first.isTraining());
    assertFalse(pair.children().get("second").children().get("1").isTraining());
    pair.train();
    assertTrue(pair.children().get("second").children().get("1").isTraining());
  }

  @Test
  void frozenParametersGetNoGradient() {
    Sequential model = Models.perceptron(setup, 3, 4, 2);
    Parameter frozen = model.parameters().get("0.weight");
    Parameter free = model.parameters().get("2.weight");
    Variable x = Variable.of(Tensor.of(device, new float[] {1, 2, 3}, 1, 3));
    model.forward(x).sum().backward();
    assertNotNull(frozen.gradient());
    frozen.trainable(false);
    assertNull(frozen.gradient(), "freezing forgets the gradient");
    model.resetGradients();
    model.forward(x).sum().backward();
    assertNull(frozen.gradient());
    assertNotNull(free.gradient());
    model.trainable(false);
    assertFalse(free.isTrainable());
    assertFalse(model.forward(x).requiresGrad());
    model.trainable(true);
    assertTrue(model.forward(x).requiresGrad());
  }

  @Test
  void parameterCountsOfTheModels() {
    assertEquals(535_818, Models.mlp(setup).parameterCount());
    assertEquals(61_706, Models.lenet5(setup).parameterCount());
    assertEquals(50_992, Models.autoencoder(setup).parameterCount());
    assertEquals(5_824_522, Models.mlpFat(setup).parameterCount());
    assertThrows(ArgumentException.class, () -> Models.perceptron(setup, 3));
  }

  @Test
  void aSharedParameterCountsOnce() {
    Linear one = new Linear(setup, 2, 2);
    assertEquals(6, new Sequential(one, one).parameterCount());
  }

  @Test
  void summaryShowsShapesAndCounts() {
    Sequential model = Models.lenet5(setup);
    model.parameters().get("0.weight").trainable(false);
    String table = Summary.of(model, 2, 1, 28, 28);
    assertEquals(15, table.lines().count(), table);
    assertTrue(
        table.contains("0   Conv2d(1, 6, 5x5, padding 2x2)  [2, 6, 28, 28]          156\n"), table);
    assertTrue(
        table.contains("7   Linear(400, 120)                [2, 120]             48,120\n"), table);
    assertTrue(table.endsWith("61,706 parameters, 61,556 trainable\n"), table);
    assertTrue(model.isTraining(), "the mode is as before");
    String nested =
        Summary.of(new Sequential(new Sequential(new Linear(setup, 3, 2)), new Flatten()), 1, 3);
    assertTrue(nested.contains("0.0"), nested);
    assertThrows(ArgumentException.class, () -> Summary.of(new Flatten(), 1, 3));
  }
}
