package org.adjoint.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What goes with a step: groups, clipping, averages, accumulation. */
class StepsTest {
  private final Backend device = Backends.get("reference");

  private Linear layer() {
    return new Linear(Setup.of(device, DType.F64, 5), 3, 2);
  }

  private Variable loss(Linear layer) {
    Variable x = Variable.of(Tensor.of(device, new double[] {1, -2, 0.5, 0, 1, 1}, 2, 3));
    return layer.forward(x).square().sum();
  }

  private Variable step(Linear layer, Optimizer optimizer) {
    optimizer.resetGradients();
    Variable loss = loss(layer);
    loss.backward();
    optimizer.step();
    return loss;
  }

  private static double[] weights(Linear l) {
    return l.weight().value().toDoubleArray();
  }

  private static double[] gradient(Parameter p) {
    Tensor g = p.gradient();
    assertTrue(g != null);
    return g.toDoubleArray();
  }

  @Test
  void aGroupHasItsOwnRateAndDecay() {
    Linear l = layer();
    Sgd optimizer = new Sgd(l, 0.1, 0, false, 0.5);
    ParameterGroup biases = optimizer.group(n -> n.endsWith("bias")).rateFactor(2).weightDecay(0);
    assertEquals(2, biases.rateFactor());
    assertEquals(0, biases.weightDecay());
    assertEquals(0.5, optimizer.weightDecay());
    Parameter bias = l.parameters().get("bias");
    double[] w = weights(l);
    double[] b = bias.value().toDoubleArray();
    step(l, optimizer);
    assertEquals(w[1] - 0.1 * (gradient(l.weight())[1] + 0.5 * w[1]), weights(l)[1], 1e-15);
    assertEquals(b[1] - 0.2 * gradient(bias)[1], bias.value().toDoubleArray()[1], 1e-15);
    assertThrows(ArgumentException.class, () -> optimizer.group(n -> n.equals("nobody")));
    assertThrows(ArgumentException.class, () -> biases.rateFactor(-1));
    assertThrows(ArgumentException.class, () -> biases.weightDecay(Double.NaN));
  }

  @Test
  void aSharedParameterMovesOnce() {
    class Twice extends Network {
      final Linear one = child("one", layer());
      final Linear same = child("same", one);
    }

    Twice twice = new Twice();
    Linear alone = layer();
    step(twice.same, new Sgd(twice, 0.1));
    step(alone, new Sgd(alone, 0.1));
    assertArrayEquals(weights(alone), weights(twice.one));
  }

  @Test
  void gradientsAreClippedByValue() {
    Linear l = layer();
    Sgd optimizer = new Sgd(l, 0.1);
    optimizer.clip(Clipping.value(0.25));
    step(l, optimizer);
    boolean reached = false;
    for (double g : gradient(l.weight())) {
      assertTrue(Math.abs(g) <= 0.25);
      reached |= Math.abs(g) == 0.25;
    }
    assertTrue(reached);
  }

  @Test
  void gradientsAreClippedByTheirNorm() {
    Linear l = layer();
    Sgd optimizer = new Sgd(l, 0);
    step(l, optimizer);
    double[] before = gradient(l.weight());
    double norm = norm(l);
    optimizer.clip(Clipping.norm(0.5));
    step(l, optimizer);
    // PyTorch divides by the norm and a millionth.
    double factor = 0.5 / (norm + 1e-6);
    assertEquals(factor * before[2], gradient(l.weight())[2], 1e-15);
    assertEquals(0.5, norm(l), 1e-6);
    Sgd generous = new Sgd(l, 0);
    generous.clip(Clipping.norm(1e6));
    step(l, generous);
    assertArrayEquals(before, gradient(l.weight()));
    assertEquals("norm 0.5", Clipping.norm(0.5).toString());
    assertThrows(ArgumentException.class, () -> Clipping.norm(0));
    l.trainable(false);
    optimizer.step();
  }

  private static double norm(Linear l) {
    double sum = 0;
    for (Parameter p : l.parameters().values()) {
      for (double g : gradient(p)) {
        sum += g * g;
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void weightsAreClippedAfterTheStep() {
    Linear l = layer();
    RmsProp optimizer = new RmsProp(l, 0.5);
    optimizer.clip(Clipping.weights(0.01));
    step(l, optimizer);
    for (double w : weights(l)) {
      assertTrue(Math.abs(w) <= 0.01);
    }
  }

  @Test
  void averagesFollowTheSteps() {
    Linear l = layer();
    double[] start = weights(l);
    WeightAverage moving = WeightAverage.exponential(l, 0.75);
    WeightAverage equal = WeightAverage.equal(l);
    Sgd optimizer = new Sgd(l, 0.05);
    moving.update();
    equal.update();
    step(l, optimizer);
    moving.update();
    equal.update();
    double[] now = weights(l);
    moving.exchange();
    assertEquals(start[0] + 0.25 * (now[0] - start[0]), weights(l)[0], 1e-15);
    moving.exchange();
    assertArrayEquals(now, weights(l));
    equal.exchange();
    assertEquals((start[0] + now[0]) / 2, weights(l)[0], 1e-15);
    equal.exchange();
    assertEquals(2, equal.updates());
    WeightAverage restored = WeightAverage.equal(l);
    restored.restore(equal.state());
    step(l, optimizer);
    restored.update();
    equal.update();
    assertArrayEquals(
        equal.state().get("average.weight").toDoubleArray(),
        restored.state().get("average.weight").toDoubleArray());
    assertThrows(ArgumentException.class, () -> restored.restore(Map.of()));
    assertThrows(ArgumentException.class, () -> WeightAverage.exponential(l, 1));
  }

  @Test
  void aReplayClipsAndAverages() {
    Linear straight = layer();
    Linear recorded = layer();
    Session session = null;
    for (Linear l : new Linear[] {straight, recorded}) {
      Adam optimizer = new Adam(l, 0.1);
      optimizer.group(n -> n.equals("bias")).rateFactor(0.1).weightDecay(0.2);
      optimizer.clip(Clipping.norm(0.5));
      optimizer.clip(Clipping.weights(0.5));
      WeightAverage average = WeightAverage.equal(l);
      if (l == straight) {
        for (int i = 0; i < 4; i++) {
          step(l, optimizer);
          average.update();
        }
        average.exchange();
      } else {
        session =
            Program.capture(
                    () -> {
                      Variable loss = step(l, optimizer);
                      average.update();
                      return loss;
                    })
                .session();
        assertEquals(0, average.updates());
        for (int i = 0; i < 4; i++) {
          session.run();
        }
        assertEquals(4, average.updates());
        assertEquals(4, optimizer.steps());
        average.exchange();
      }
    }
    assertArrayEquals(weights(straight), weights(recorded));
  }

  @Test
  void accumulatedBatchesAreOneLargeBatch() {
    Linear large = layer();
    Sgd one = new Sgd(large, 0.1, 0.9);
    one.resetGradients();
    loss(large).mul(0.5).add(loss(large).mul(0.5)).backward();
    one.step();
    Linear small = layer();
    Accumulation accumulation = new Accumulation(new Sgd(small, 0.1, 0.9), 2);
    assertFalse(accumulation.add(loss(small)));
    assertEquals(1, accumulation.pending());
    assertTrue(accumulation.add(loss(small)));
    assertArrayEquals(weights(large), weights(small), 1e-15);
    assertThrows(ArgumentException.class, () -> new Accumulation(one, 0));
  }
}
