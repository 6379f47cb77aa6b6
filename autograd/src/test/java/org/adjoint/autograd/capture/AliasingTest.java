package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.function.Function;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Steps whose tensors share memory, or live longer than the step. */
class AliasingTest {
  private final Backend device = Backends.get("reference");

  private Tensor values(int seed, int... dims) {
    Tensor t = Tensor.zeros(device, DType.F32, dims);
    new RandomStream(seed).uniform(t, -1, 1);
    return t;
  }

  /** The gradient of w in the step and in its replay, with two batches. */
  private void gradientIsThatOfTheStep(Variable w, Function<Variable, Variable> loss) {
    Placeholder x = new Placeholder("x", device, DType.F32, 2, 3);
    Function<Variable, Variable> step =
        in -> {
          w.resetGrad();
          Variable l = loss.apply(in);
          l.backward();
          return l;
        };
    Session session = Program.capture(() -> step.apply(x.variable()), x).session();
    for (int i = 0; i < 2; i++) {
      Tensor batch = values(i, 2, 3);
      Variable _ = step.apply(Variable.of(batch));
      float[] expected = Objects.requireNonNull(w.grad()).toFloatArray();
      session.feed(0, batch).run();
      assertArrayEquals(expected, Objects.requireNonNull(w.grad()).toFloatArray());
    }
  }

  @Test
  void aGradientThatArrivesAsAViewIsTheLeafs() {
    Variable w = Variable.parameter(values(7, 4, 3));
    gradientIsThatOfTheStep(
        w, x -> Elementwise.unary(UnaryOp.SQUARE, Matmul.matmul(x, w.transpose(0, 1))).sum());
    Variable v = Variable.parameter(values(8, 2, 3));
    gradientIsThatOfTheStep(v, x -> x.add(v).sum());
    gradientIsThatOfTheStep(v, x -> v.sum().add(x.sum()));
    gradientIsThatOfTheStep(v, x -> v.mean().add(x.sum()));
  }

  @Test
  void aResultMayBeFedBack() {
    Variable w = Variable.of(values(1, 4, 4));
    Variable u = Variable.of(values(2, 4, 4));
    Function<Variable, Variable> cell =
        s -> {
          Variable a = Elementwise.unary(UnaryOp.TANH, Matmul.matmul(s, w));
          Variable b = Elementwise.unary(UnaryOp.SIGMOID, Matmul.matmul(s, u));
          return a.mul(b).add(s);
        };
    Placeholder state = new Placeholder("state", device, DType.F32, 3, 4);
    Session session = Program.capture(() -> cell.apply(state.variable()), state).session();
    Tensor first = values(3, 3, 4);
    Variable expected = Variable.of(first);
    session.feed(0, first);
    for (int i = 0; i < 4; i++) {
      expected = cell.apply(expected);
      session.run();
      assertArrayEquals(expected.value().toFloatArray(), session.output(0).toFloatArray());
      session.feed(0, session.output(0));
    }
  }

  @Test
  void aFedTensorThatTheStepWritesIsReadAsItWas() {
    Tensor state = values(4, 3);
    Placeholder x = new Placeholder("x", device, DType.F32, 3);
    Session session =
        Program.capture(
                () -> {
                  Variable before = x.variable().mul(2);
                  Backends.kernels(device).elementwise().copy(before.value(), state);
                  return before.add(x.variable().mul(2));
                },
                x)
            .session();
    float[] was = state.toFloatArray();
    session.feed(0, state).run();
    float[] expected = new float[3];
    for (int i = 0; i < 3; i++) {
      expected[i] = 4 * was[i];
    }
    assertArrayEquals(expected, session.output(0).toFloatArray());
  }

  @Test
  void aConstantOfTheStepIsNotState() {
    Placeholder x = new Placeholder("x", device, DType.F32, 2, 2);
    Tensor rows = Tensor.of(device, new int[] {0, 0, 0, 0}, 2, 2);
    CaptureException e =
        assertThrows(
            CaptureException.class,
            () ->
                Program.capture(
                    () -> {
                      Tensor sum = Tensor.zeros(device, DType.F32, 2, 2);
                      Backends.kernels(device).indexing().scatterAdd(x.tensor(), 0, rows, sum);
                      return Variable.of(sum);
                    },
                    x));
    assertTrue(e.getMessage().contains("make it before the step"), e.getMessage());
    Tensor batch = values(6, 2, 2);
    Program filled =
        Program.capture(
            () -> {
              Tensor copy = Tensor.zeros(device, DType.F32, 2, 2);
              Backends.kernels(device).elementwise().copy(x.tensor(), copy);
              Backends.kernels(device).indexing().scatterAdd(x.tensor(), 0, rows, copy);
              return Variable.of(copy);
            },
            x);
    float[] v = batch.toFloatArray();
    float[] expected = {v[0] + v[0] + v[2], v[1] + v[1] + v[3], v[2], v[3]};
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(expected, filled.run(batch).getFirst().toFloatArray(), 1e-6f);
    }
  }
}
