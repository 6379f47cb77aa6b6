package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Scans;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Derivatives that choose their formula by the values: a recorded step has both, and selects. */
class RecordedChoiceTest {
  private final Backend device = Backends.get("reference");

  /** The gradient of the squares of the gradient of f, and that gradient. */
  private static List<Variable> derivatives(Function<Variable, Variable> f, Variable x) {
    Variable w = Variable.parameter(x.value());
    Variable first = Backprop.gradients(f.apply(w).square().sum(), List.of(w), true).getFirst();
    Variable second = Backprop.gradients(first.square().sum(), List.of(w), false).getFirst();
    return List.of(first.detach(), second);
  }

  private void check(Function<Variable, Variable> f) {
    Placeholder x = new Placeholder("x", device, DType.F64, 2, 3);
    Supplier<List<Variable>> step = () -> derivatives(f, x.variable());
    Program program = Program.captureAll(step, x);
    double[][] batches = {
      {1, 2, 3, 4, 5, 6}, {1, 0, 3, 4, 5, 6}, {0, 0, 3, -4, 5, 6}, {0, 0, 0, 0, 0, 0}
    };
    for (double[] values : batches) {
      Tensor batch = Tensor.of(device, values, 2, 3);
      List<Variable> expected = derivatives(f, Variable.of(batch));
      List<Tensor> replayed = program.run(batch);
      for (int i = 0; i < expected.size(); i++) {
        double[] e = expected.get(i).value().toDoubleArray();
        assertArrayEquals(e, replayed.get(i).toDoubleArray(), 0.0, "derivative " + (i + 1));
      }
    }
  }

  @Test
  void aProductWithAndWithoutZeros() {
    check(x -> Reductions.prod(x, 1));
    check(x -> Reductions.prod(x, 0));
    check(x -> Reductions.prod(x));
  }

  @Test
  void aRunningProductWithAndWithoutZeros() {
    check(x -> Scans.cumprod(x, 1));
    check(x -> Scans.cumprod(x, 0));
  }
}
