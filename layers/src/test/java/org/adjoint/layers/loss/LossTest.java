package org.adjoint.layers.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LossTest {
  private final Backend device = Backends.get("reference");

  private Variable parameter(double[] v, int... dims) {
    return Variable.parameter(Tensor.of(device, v, dims));
  }

  private static double[] gradient(Variable x) {
    Tensor g = x.grad();
    assertNotNull(g);
    return g.toDoubleArray();
  }

  @Test
  void crossEntropy() {
    double[] z = {1, 2, 0.5, -1, 0, 3};
    int[] labels = {2, 0};
    Variable x = parameter(z, 2, 3);
    Variable loss = new CrossEntropy().of(x, Tensor.of(device, labels, 2));
    loss.backward();
    double expected = 0;
    for (int n = 0; n < 2; n++) {
      double sum = 0;
      for (int c = 0; c < 3; c++) {
        sum += Math.exp(z[3 * n + c]);
      }
      expected -= (z[3 * n + labels[n]] - Math.log(sum)) / 2;
      for (int c = 0; c < 3; c++) {
        double p = Math.exp(z[3 * n + c]) / sum - (c == labels[n] ? 1 : 0);
        assertEquals(p / 2, gradient(x)[3 * n + c], 1e-14);
      }
    }
    assertEquals(expected, loss.item(), 1e-14);
  }

  @Test
  void binaryCrossEntropyMeanAndSum() {
    double[] z = {-800, -1, 0, 2, 800};
    double[] t = {0, 0.25, 1, 0.5, 1};
    Variable x = parameter(z, 5);
    Tensor target = Tensor.of(device, t, 5);
    Variable sum = BinaryCrossEntropyWithLogits.sum().of(x, target);
    double expected = 0;
    for (int i = 1; i < 4; i++) {
      double p = 1 / (1 + Math.exp(-z[i]));
      expected -= t[i] * Math.log(p) + (1 - t[i]) * Math.log(1 - p);
    }
    assertEquals(expected, sum.item(), 1e-13);
    assertEquals(expected / 5, BinaryCrossEntropyWithLogits.mean().of(x, target).item(), 1e-13);
    sum.backward();
    for (int i = 0; i < 5; i++) {
      assertEquals(1 / (1 + Math.exp(-z[i])) - t[i], gradient(x)[i], 1e-14);
    }
  }

  @Test
  void meanSquaredError() {
    Variable x = parameter(new double[] {1, 2, 3, 4}, 2, 2);
    Variable loss =
        new MeanSquaredError().of(x, Tensor.of(device, new double[] {1, 0, 3, 8}, 2, 2));
    assertEquals(5, loss.item(), 1e-15);
    loss.backward();
    assertEquals(-2, gradient(x)[3], 1e-15);
  }

  @Test
  void badTargetsAreRefused() {
    Variable logits = parameter(new double[6], 2, 3);
    CrossEntropy ce = new CrossEntropy();
    for (int label : new int[] {-1, 3, Integer.MAX_VALUE}) {
      AdjointException e =
          assertThrows(
              AdjointException.class,
              () -> ce.of(logits, Tensor.of(device, new int[] {0, label}, 2)));
      assertTrue(e.getMessage().contains(String.valueOf(label)), e.getMessage());
    }
    assertThrows(AdjointException.class, () -> ce.of(logits, Tensor.of(device, new int[] {0}, 1)));
    assertThrows(AdjointException.class, () -> ce.of(logits, Tensor.of(device, new double[2], 2)));
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> new MeanSquaredError().of(logits, Tensor.zeros(device, DType.F64, 2, 1)));
    assertTrue(e.getMessage().contains("[2, 1]"), e.getMessage());
    assertThrows(
        ShapeException.class,
        () -> BinaryCrossEntropyWithLogits.mean().of(logits, Tensor.zeros(device, DType.F64, 3)));
  }

  @Test
  void emptyBatchesAreRefused() {
    Variable empty = Variable.of(Tensor.zeros(device, DType.F64, 0, 3));
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> new CrossEntropy().of(empty, Tensor.zeros(device, DType.I32, 0)));
    assertTrue(e.getMessage().contains("empty batch"), e.getMessage());
    assertThrows(
        ShapeException.class,
        () -> new MeanSquaredError().of(empty, Tensor.zeros(device, DType.F64, 0, 3)));
  }
}
