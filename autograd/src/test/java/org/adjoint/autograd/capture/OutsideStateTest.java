package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.function.Supplier;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What lives outside a recorded step, in Java and in memory, is as after the step itself. */
class OutsideStateTest {
  private final Backend device = Backends.get("reference");
  private final Placeholder x = new Placeholder("x", device, DType.F32, 3);
  private final Tensor ones = Tensor.of(device, new float[] {1, 1, 1}, 3);

  @Test
  void memoryThatWasGivenBackIsNotRead() {
    Program program;
    try (Scope _ = Scope.open()) {
      Variable factor = Variable.of(ones).add(1);
      program = Program.capture(() -> x.variable().mul(factor), x);
      assertArrayEquals(new float[] {2, 2, 2}, program.run(ones).getFirst().toFloatArray());
    }
    ReleasedException e = assertThrows(ReleasedException.class, () -> program.run(ones));
    assertTrue(e.getMessage().contains("the scope that owned it is closed"), e.getMessage());
  }

  @Test
  void aGradientThatWasResetIsNotWritten() {
    Variable w = Variable.parameter(Tensor.of(device, new float[] {1, 2, 3}, 3));
    w.mul(2).sum().backward();
    Supplier<Variable> step =
        () -> {
          Variable loss = w.mul(x.variable()).sum();
          loss.backward();
          return loss;
        };
    Session session = Program.capture(step, x).session();
    session.feed(0, ones).run();
    assertArrayEquals(new float[] {3, 3, 3}, Objects.requireNonNull(w.grad()).toFloatArray());
    w.resetGrad();
    assertThrows(ReleasedException.class, session::run);
  }

  @Test
  void aStreamThatTheStepMakesIsAConstant() {
    Supplier<Variable> step =
        () -> {
          Tensor noise = Tensor.result(device, DType.F32, x.shape());
          new RandomStream(7).normal(noise, 0, 1);
          return x.variable().add(Variable.of(noise));
        };
    Program program = Program.capture(step, x);
    float[] expected = program.run(ones).getFirst().toFloatArray();
    assertArrayEquals(expected, program.run(ones).getFirst().toFloatArray());
  }

  @Test
  void integersOutsideStayAsTheyAre() {
    Tensor state = Tensor.of(device, new int[] {4, 5, 6}, 3);
    Placeholder next = new Placeholder("next", device, DType.I32, 3);
    Program program =
        Program.capture(
            () -> {
              Backends.kernels(device).elementwise().copy(next.tensor(), state);
              return x.variable().mul(2);
            },
            x,
            next);
    assertArrayEquals(new int[] {4, 5, 6}, state.toIntArray());
    program.run(ones, Tensor.of(device, new int[] {7, 8, 9}, 3));
    assertArrayEquals(new int[] {7, 8, 9}, state.toIntArray());
  }

  @Test
  void aRunThatFailsHasDrawnWhatTheStepWouldHave() {
    RandomStream before = new RandomStream(1);
    RandomStream after = new RandomStream(2);
    Placeholder index = new Placeholder("index", device, DType.I32, 2);
    Tensor table = Tensor.of(device, new float[] {1, 2, 3, 4}, 2, 2);
    Supplier<Variable> step =
        () -> {
          Tensor first = Tensor.result(device, DType.F32, x.shape());
          before.uniform(first, 0, 1);
          Variable row = Embeddings.embedding(Variable.of(table), index.tensor());
          Tensor second = Tensor.result(device, DType.F32, row.shape());
          after.uniform(second, 0, 1);
          return row.mul(Variable.of(second)).sum().add(Variable.of(first).sum());
        };
    Session session = Program.capture(step, index).session();
    session.feed(0, Tensor.of(device, new int[] {0, 2}, 2));
    AdjointException e = assertThrows(AdjointException.class, session::run);
    assertTrue(e.getMessage().contains("it must be from 0 to 1"), e.getMessage());
    assertEquals(3, before.offset());
    assertEquals(0, after.offset());
    session.feed(0, Tensor.of(device, new int[] {0, 1}, 2)).run();
    assertEquals(6, before.offset());
    assertEquals(4, after.offset());
  }

  @Test
  void aStreamIsMovedByDrawsThatNobodyReads() {
    RandomStream stream = new RandomStream(1);
    Supplier<Variable> step =
        () -> {
          Variable y = x.variable().mul(2);
          stream.uniform(Tensor.result(device, DType.F32, x.shape()), 0, 1);
          return y;
        };
    Program program = Program.capture(step, x);
    assertEquals(1, program.calls());
    program.run(ones);
    assertEquals(3, stream.offset());
  }

  @Test
  void aReplayLooksAtNoValues() {
    Program program = Program.capture(() -> x.variable().mul(2), x);
    try (Anomaly _ = Anomaly.detect()) {
      CaptureException e = assertThrows(CaptureException.class, () -> program.run(ones));
      assertTrue(e.getMessage().contains("anomaly mode"), e.getMessage());
    }
  }
}
