package org.adjoint.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.adjoint.autograd.ops.Ctc;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Connectionist temporal classification, worked out by hand. */
class CtcTest {
  private final Backend device = Backends.get("reference");

  /** Probabilities of blank and two labels at each step, as logarithms. */
  private Variable logs(double... probabilities) {
    double[] v = new double[probabilities.length];
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.log(probabilities[i]);
    }
    return Variable.parameter(Tensor.of(device, v, v.length / 3, 1, 3));
  }

  private Tensor ints(int... values) {
    return Tensor.of(device, values, values.length);
  }

  private Variable loss(Variable logs, int steps, boolean zeroInfinity, int... labels) {
    Tensor targets = Tensor.of(device, labels, 1, labels.length);
    return Ctc.loss(logs, targets, ints(steps), ints(labels.length), 0, zeroInfinity);
  }

  @Test
  void allWaysAreCounted() {
    // One step: the label itself.
    assertEquals(-Math.log(0.3), loss(logs(0.5, 0.3, 0.2), 1, false, 1).item(), 1e-12);
    Variable two = logs(0.5, 0.3, 0.2, 0.6, 0.1, 0.3);
    // aa, a-, -a
    double a = 0.3 * 0.1 + 0.3 * 0.6 + 0.5 * 0.1;
    assertEquals(-Math.log(a), loss(two, 2, false, 1).item(), 1e-12);
    assertEquals(-Math.log(0.3 * 0.3), loss(two, 2, false, 1, 2).item(), 1e-12);
    assertEquals(-Math.log(0.5 * 0.6), loss(two, 2, false).item(), 1e-12);
    // Only the first step counts.
    assertEquals(-Math.log(0.2), loss(two, 1, false, 2).item(), 1e-12);
  }

  @Test
  void whatDoesNotFitIsInfinitelyUnlikely() {
    Variable two = logs(0.5, 0.3, 0.2, 0.6, 0.1, 0.3);
    // A label twice needs a blank between.
    assertEquals(Double.POSITIVE_INFINITY, loss(two, 2, false, 1, 1).item());
    Variable zero = loss(two, 2, true, 1, 1);
    assertEquals(0, zero.item());
    List<Variable> gradient = Backprop.gradients(zero.sum(), List.of(two), false);
    assertArrayEquals(new double[6], gradient.getFirst().value().toDoubleArray());
  }

  @Test
  void theFusedGradientIsThatOfTheComposedForm() {
    double[] v = new double[7 * 3 * 4];
    for (int i = 0; i < v.length; i++) {
      v[i] = -0.1 - i * 7 % 11 / 4.0;
    }
    v[5] = Double.NEGATIVE_INFINITY;
    Variable x = Variable.parameter(Tensor.of(device, v, 7, 3, 4));
    Tensor targets = Tensor.of(device, new int[] {1, 2, 2, 3, 3, 3, 2, 1, 0}, 3, 3);
    for (int blank = 0; blank < 4; blank++) {
      Variable y = Ctc.loss(x, targets, ints(7, 4, 0), ints(3, 3, 0), blank, true);
      Variable loss = y.mul(Variable.of(Tensor.of(device, new double[] {1, -2, 3}, 3))).sum();
      double[][] gradients = new double[2][];
      for (int i = 0; i < 2; i++) {
        gradients[i] =
            Backprop.gradients(loss, List.of(x), i == 1).getFirst().value().toDoubleArray();
      }
      assertArrayEquals(gradients[1], gradients[0], 1e-12);
    }
  }

  private static void refused(String argument, Runnable call) {
    AdjointException e = assertThrows(AdjointException.class, call::run);
    assertTrue(e.argument().startsWith(argument), e.getMessage());
  }

  @Test
  void argumentsThatDoNotFitAreNamed() {
    Variable x = logs(0.5, 0.3, 0.2);
    Tensor targets = Tensor.of(device, new int[] {1}, 1, 1);
    Tensor one = ints(1);
    Variable flat = Variable.of(Tensor.zeros(device, DType.F64, 2, 3));
    refused("logProbabilities", () -> Ctc.loss(flat, targets, one, one, 0, false));
    refused("targets", () -> Ctc.loss(x, one, one, one, 0, false));
    refused("inputLengths", () -> Ctc.loss(x, targets, ints(1, 1), one, 0, false));
    Tensor real = Tensor.zeros(device, DType.F64, 1);
    refused("targetLengths", () -> Ctc.loss(x, targets, one, real, 0, false));
    refused("blank", () -> Ctc.loss(x, targets, one, one, 3, false));
    refused("blank", () -> Ctc.loss(x, targets, one, one, -1, false));
    refused("targetLengths[0]", () -> Ctc.loss(x, targets, one, ints(2), 0, false));
    refused("inputLengths[0]", () -> Ctc.loss(x, targets, ints(2), one, 0, false));
    Tensor label = Tensor.of(device, new int[] {3}, 1, 1);
    refused("targets[0]", () -> Ctc.loss(x, label, one, one, 0, false));
  }
}
