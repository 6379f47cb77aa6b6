package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is joined into one loop, what is not, and that the bits stay. */
final class JoiningTest {
  private final Backend cpu = Backends.get("cpu");
  private int seed;

  private Tensor values(DType dtype, int... dims) {
    Tensor t = Tensor.owned(cpu, dtype, Shape.of(dims));
    return new RandomStream(++seed).normal(t, 0, 1);
  }

  private Variable constant(int... dims) {
    return Variable.of(values(DType.F32, dims));
  }

  private static Variable apply(UnaryOp op, Variable x) {
    return Elementwise.unary(op, x);
  }

  /** Records, replays twice on other values, compares with the step, returns the calls. */
  private int calls(Tensor x, Function<Variable, Variable> step) {
    Placeholder p = Placeholder.like("x", x);
    Program program = Program.capture(() -> step.apply(p.variable()), p);
    for (int i = 0; i < 2; i++) {
      double[] expected = step.apply(Variable.of(x)).value().toDoubleArray();
      double[] replayed = program.run(x).getFirst().toDoubleArray();
      assertArrayEquals(expected, replayed, program.toString());
      new RandomStream(77).uniform(x, -2, 2);
    }
    return program.calls();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F64"})
  void aChainOverBroadcastOperandsIsOneLoop(DType dtype) {
    for (int[] dims : new int[][] {{5, 7}, {3, 67}, {1, 1}, {2, 3, 129}}) {
      Variable row = Variable.of(values(dtype, dims[dims.length - 1]));
      int[] thin = dims.clone();
      thin[dims.length - 1] = 1;
      Variable column = Variable.of(values(dtype, thin));
      Function<Variable, Variable> byRow =
          x -> apply(UnaryOp.TANH, apply(UnaryOp.RELU, x.mul(2)).add(row).sub(x));
      Function<Variable, Variable> byColumn = x -> apply(UnaryOp.EXP, x.mul(column)).div(x);
      assertEquals(1, calls(values(dtype, dims), byRow));
      assertEquals(1, calls(values(dtype, dims), byColumn));
    }
  }

  /** A copy that compacts a view for a reduction is joined into it: the view is read in place. */
  @Test
  void aReductionOfAViewReadsTheView() {
    List<Function<Variable, Variable>> steps =
        List.of(
            x -> x.slice(1, 0, 3).sum(1),
            x -> x.slice(1, 1, 3).mean(1),
            x -> x.slice(1, 1, 3).sum(0),
            x -> Reductions.max(Views.slice(x, 0, 0, 6, 2), 0),
            x -> Reductions.max(Views.slice(x, 0, 0, 6, 2), 1),
            x -> x.transpose(0, 1).sum(1),
            x -> Views.expand(x.slice(0, 2, 3), Shape.of(4, 5)).sum(0),
            x -> Views.expand(x.slice(0, 2, 3).slice(1, 1, 2), Shape.of(4, 5)).sum(1));
    for (Function<Variable, Variable> step : steps) {
      calls(values(DType.F32, 6, 5), step);
      calls(values(DType.F64, 6, 5), step);
    }
  }

  @Test
  void aReductionOfScalarsIsAReduction() {
    Tensor one = values(DType.F32);
    calls(one, s -> s.mul(2).reshape(1).sum(0));
    calls(one, s -> s.mul(2).reshape(1, 1).mean(1));
    calls(values(DType.F32, 3, 2), x -> x.sum().mul(2).reshape(1).sum(0));
  }

  @ParameterizedTest
  @EnumSource(ReduceOp.class)
  void aReductionTakesTheChainIn(ReduceOp op) {
    for (int[] dims : new int[][] {{4, 5}, {3, 300}, {2, 9000}, {3, 5, 7}}) {
      for (int axis = 0; axis < dims.length; axis++) {
        int a = axis;
        Variable other = constant(dims);
        int calls =
            calls(values(DType.F32, dims), x -> Reductions.reduce(op, x.mul(other).add(x), a));
        assertEquals(1, calls, op + " over axis " + axis);
      }
    }
  }

  @Test
  void operandsThatFitNoLoopTogetherStayApart() {
    Variable a = constant(3, 1);
    Variable b = constant(2);
    calls(values(DType.F32, 4, 1, 1), x -> x.add(a).mul(b.add(a)));
  }

  @Test
  void aResultWithTwoReadersIsStored() {
    Variable w = constant(6, 6);
    int calls =
        calls(
            values(DType.F32, 6, 6),
            x -> {
              Variable y = apply(UnaryOp.TANH, x);
              return y.matmul(w).add(y);
            });
    assertEquals(3, calls);
  }

  @Test
  void aViewInBetweenMayBeAReshape() {
    Function<Variable, Variable> reshaped = x -> apply(UnaryOp.RELU, x.mul(3).reshape(4, 6)).add(1);
    assertEquals(1, calls(values(DType.F32, 2, 12), reshaped));
    // a transposed view is copied first, and the copy joins neither side wrongly
    calls(values(DType.F32, 5, 9), x -> apply(UnaryOp.RELU, x.mul(3).transpose(0, 1)).add(1));
    calls(values(DType.F32, 5, 9), x -> x.mul(3).transpose(0, 1).sum(0));
  }

  @Test
  void aFormulaDoesNotMovePastAChangeOfItsOperand() {
    Tensor state = values(DType.F32, 8);
    Placeholder x = new Placeholder("x", cpu, DType.F32, 8);
    Program program =
        Program.capture(
            () -> {
              Variable before = Variable.of(state).mul(2);
              Backends.kernels(cpu).elementwise().unary(UnaryOp.ADD_SCALAR, state, 1, 0, state);
              return before.add(x.variable());
            },
            x);
    float[] first = state.toFloatArray();
    float[] y = program.run(Tensor.zeros(cpu, DType.F32, 8)).getFirst().toFloatArray();
    for (int i = 0; i < 8; i++) {
      assertEquals(2 * first[i], y[i]);
      assertEquals(first[i] + 1, state.toFloatArray()[i]);
    }
  }

  @Test
  void aLoopDoesNotReadMemoryThatWasGivenBack() {
    Placeholder x = new Placeholder("x", cpu, DType.F32, 3);
    Variable w = constant(3);
    Tensor batch = values(DType.F32, 3);
    Program program;
    try (Scope _ = Scope.open()) {
      Variable factor = constant(3).mul(2);
      program = Program.capture(() -> w.mul(factor).tanh().sum().add(x.variable()), x);
      program.run(batch);
    }
    assertThrows(ReleasedException.class, () -> program.run(batch));
  }

  @Test
  void aVeryLongChainIsCut() {
    int calls =
        calls(
            values(DType.F32, 333),
            x -> {
              Variable y = x;
              for (int i = 0; i < 200; i++) {
                y = i % 3 == 0 ? apply(UnaryOp.TANH, y) : y.mul(1.01).add(x);
              }
              return y;
            });
    assertTrue(calls > 1 && calls < 100, "calls: " + calls);
  }

  @Test
  void severalThreadsReplayOneInference() throws Exception {
    Variable w = constant(50, 50);
    Placeholder x = new Placeholder("x", cpu, DType.F32, 4, 50);
    Program program =
        Program.capture(() -> apply(UnaryOp.SIGMOID, x.variable().matmul(w).mul(0.3)), x);
    Tensor[] batches = new Tensor[16];
    float[][] expected = new float[16][];
    boolean[] same = new boolean[16];
    Thread[] threads = new Thread[16];
    for (int t = 0; t < 16; t++) {
      int own = t;
      batches[t] = values(DType.F32, 4, 50);
      expected[t] = program.run(batches[t]).getFirst().toFloatArray();
      threads[t] =
          new Thread(
              () -> {
                boolean all = true;
                for (int i = 0; i < 200; i++) {
                  float[] y = program.run(batches[own]).getFirst().toFloatArray();
                  all &= Arrays.equals(expected[own], y);
                }
                same[own] = all;
              });
    }
    for (Thread t : threads) {
      t.start();
    }
    for (Thread t : threads) {
      t.join();
    }
    for (boolean s : same) {
      assertTrue(s);
    }
  }
}
