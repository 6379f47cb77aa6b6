package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.grad;
import static org.adjoint.autograd.Fixtures.parameter;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.adjoint.autograd.ops.Pieces;
import org.junit.jupiter.api.Test;

/** The gradients of many slices of one tensor meet in one buffer, and in no other. */
final class SlicesTest {
  @Test
  void slicesThatOverlapAddUp() {
    Variable x = parameter(1, 2, 3, 4);
    Variable y =
        x.slice(0, 0, 2).square().sum().add(x.slice(0, 1, 4).square().sum()).add(x.mul(5).sum());
    List<Variable> both = Backprop.gradients(y, List.of(x), true);
    y.backward();
    double[] expected = {7, 13, 11, 13};
    assertArrayEquals(expected, grad(x));
    assertArrayEquals(expected, both.getFirst().value().toDoubleArray());
  }

  @Test
  void aGradientThatAnotherHoldsIsNotWritten() {
    Variable x = parameter(1, 2, 3);
    Variable b = parameter(4, 5, 6);
    Variable shared = x.add(b).mul(10).sum();
    Variable first = x.slice(0, 0, 1).sum();
    Variable last = x.slice(0, 2, 3).sum();
    shared.add(first).add(last).backward();
    assertArrayEquals(new double[] {11, 10, 11}, grad(x));
    assertArrayEquals(new double[] {10, 10, 10}, grad(b));
    Variable z = parameter(1, 2, 3);
    Variable c = parameter(4, 5, 6);
    Variable early = z.slice(0, 0, 1).sum();
    Variable late = z.slice(0, 2, 3).sum();
    early.add(late).add(z.add(c).mul(10).sum()).backward();
    assertArrayEquals(new double[] {11, 10, 11}, grad(z));
    assertArrayEquals(new double[] {10, 10, 10}, grad(c));
  }

  @Test
  void everyStepOfASequenceGetsItsGradient() {
    Variable x = Variable.parameter(Fixtures.tensor(new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
    Variable h = parameter(0, 0);
    for (Variable step : Pieces.unbind(x, 1)) {
      h = h.mul(2).add(step);
    }
    h.sum().backward();
    assertArrayEquals(new double[] {4, 2, 1, 4, 2, 1}, grad(x));
    Variable again = parameter(1, 2);
    for (int i = 0; i < 2; i++) {
      again.slice(0, 0, 1).add(again.slice(0, 1, 2)).sum().backward();
    }
    assertArrayEquals(new double[] {2, 2}, grad(again));
  }
}
