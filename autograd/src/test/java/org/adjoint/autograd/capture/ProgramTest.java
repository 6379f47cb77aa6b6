package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private final Backend device = Backends.get("reference");

  private Tensor values(int... dims) {
    Tensor t = Tensor.zeros(device, DType.F32, dims);
    new RandomStream(5).uniform(t, -1, 1);
    return t;
  }

  private Placeholder placeholder(String name, int... dims) {
    return new Placeholder(name, device, DType.F32, dims);
  }

  private static Variable relu(Variable x) {
    return Elementwise.unary(UnaryOp.RELU, x);
  }

  // ---- values -----------------------------------------------------------------------------------

  @Test
  void replayGivesWhatTheStepGives() {
    Variable w = Variable.parameter(values(3, 4));
    Placeholder x = placeholder("x", 5, 3);
    Program program = Program.capture(() -> relu(Matmul.matmul(x.variable(), w)), x);
    for (int i = 0; i < 3; i++) {
      Tensor batch = Tensor.zeros(device, DType.F32, 5, 3);
      new RandomStream(i).normal(batch, 0, 1);
      float[] expected = relu(Matmul.matmul(Variable.of(batch), w)).value().toFloatArray();
      assertArrayEquals(expected, program.run(batch).getFirst().toFloatArray());
    }
  }

  @Test
  void viewsPlaceholdersAndParametersMayBeResults() {
    Variable w = Variable.parameter(values(2, 3));
    Placeholder x = placeholder("x", 2, 3);
    Program program =
        Program.captureAll(
            () -> List.of(x.variable().mul(w).transpose(0, 1), x.variable(), w.transpose(0, 1)), x);
    Tensor batch = values(2, 3);
    List<Tensor> y = program.run(batch);
    assertArrayEquals(batch.toFloatArray(), y.get(1).toFloatArray());
    assertArrayEquals(w.value().transpose(0, 1).toFloatArray(), y.get(2).toFloatArray());
    Tensor product = Variable.of(batch).mul(w).value();
    assertArrayEquals(product.transpose(0, 1).toFloatArray(), y.get(0).toFloatArray());
  }

  @Test
  void sessionsAreIndependent() {
    Placeholder x = placeholder("x", 4);
    Program program = Program.capture(() -> x.variable().mul(3), x);
    Session a = program.session();
    Session b = program.session();
    a.feed(0, Tensor.of(device, new float[] {1, 2, 3, 4}, 4)).run();
    b.feed(0, Tensor.of(device, new float[] {5, 6, 7, 8}, 4)).run();
    assertArrayEquals(new float[] {3, 6, 9, 12}, a.output(0).toFloatArray());
    assertArrayEquals(new float[] {15, 18, 21, 24}, b.output(0).toFloatArray());
    assertSame(program, a.program());
  }

  @Test
  void operandsAreReadWhereTheyAreOrCopied() {
    Placeholder x = placeholder("x", 2, 3);
    Program program =
        Program.captureAll(() -> List.of(x.variable().mul(2), x.variable().transpose(0, 1)), x);
    Session session = program.session();
    Tensor dense = Tensor.of(device, new float[] {9, 1, 2, 3, 4, 5, 6}, 7);
    Tensor view = dense.slice(0, 1, 7, 1).reshape(2, 3);
    session.feed(0, view).run();
    assertArrayEquals(new float[] {2, 4, 6, 8, 10, 12}, session.output(0).toFloatArray());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, session.output(1).toFloatArray());
    Tensor strided = Tensor.of(device, new float[] {1, 4, 2, 5, 3, 6}, 3, 2).transpose(0, 1);
    session.feed(0, strided).run();
    assertArrayEquals(new float[] {2, 4, 6, 8, 10, 12}, session.output(0).toFloatArray());
    Backends.kernels(device).elementwise().fill(1, session.input(0));
    session.run();
    assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2}, session.output(0).toFloatArray());
    assertEquals(9, dense.get(0));
  }

  @Test
  void anOperandThatTheStepChangesIsCopied() {
    Placeholder x = placeholder("x", 3);
    Program program =
        Program.capture(
            () -> {
              Backends.kernels(device).elementwise().fill(4, x.tensor());
              return x.variable().mul(2);
            },
            x);
    Tensor mine = Tensor.of(device, new float[] {1, 2, 3}, 3);
    assertArrayEquals(new float[] {8, 8, 8}, program.run(mine).getFirst().toFloatArray());
    assertArrayEquals(new float[] {1, 2, 3}, mine.toFloatArray());
  }

  @Test
  void manyThreadsRunOneProgram() throws Exception {
    Variable w = Variable.parameter(values(6, 6));
    Placeholder x = placeholder("x", 3, 6);
    Program program = Program.capture(() -> relu(Matmul.matmul(x.variable(), w)).mul(w.sum()), x);
    assertFalse(program.hasEffects());
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 8; t++) {
      int seed = t;
      Thread thread =
          new Thread(
              () -> {
                Tensor batch = Tensor.zeros(device, DType.F32, 3, 6);
                new RandomStream(seed).normal(batch, 0, 1);
                float[] first = program.run(batch).getFirst().toFloatArray();
                for (int i = 0; i < 200; i++) {
                  assertArrayEquals(first, program.run(batch).getFirst().toFloatArray());
                }
              });
      thread.setUncaughtExceptionHandler((_, e) -> failures.add(e));
      thread.start();
      threads.add(thread);
    }
    for (Thread t : threads) {
      t.join();
    }
    assertEquals(List.of(), failures);
  }

  // ---- training -------------------------------------------------------------------------------

  @Test
  void aRecordingChangesNothing() {
    Variable w = Variable.parameter(values(3));
    RandomStream random = new RandomStream(1);
    float[] before = w.value().toFloatArray();
    Placeholder x = placeholder("x", 3);
    Program.capture(
        () -> {
          w.resetGrad();
          Tensor mask = random.bernoulli(Tensor.result(device, DType.F32, w.shape()), 0.5);
          Variable loss = x.variable().mul(w).mul(Variable.of(mask)).sum();
          loss.backward();
          Backends.kernels(device)
              .elementwise()
              .binary(BinaryOp.SUB, w.value(), w.grad(), w.value());
          return loss;
        },
        x);
    assertArrayEquals(before, w.value().toFloatArray());
    assertNull(w.grad());
    assertEquals(0, random.offset());
  }

  @Test
  void gradientsFromBeforeComeBack() {
    Variable w = Variable.parameter(values(3));
    w.mul(w).sum().backward();
    Tensor gradient = w.grad();
    Placeholder x = placeholder("x", 3);
    Program.capture(
        () -> {
          w.resetGrad();
          Variable loss = x.variable().mul(w).sum();
          loss.backward();
          return loss;
        },
        x);
    assertSame(gradient, w.grad());
    assertEquals(3, gradient.toFloatArray().length);
  }

  @Test
  void randomNumbersGoOn() {
    RandomStream eager = new RandomStream(9);
    RandomStream replayed = new RandomStream(9);
    Placeholder x = placeholder("x", 7);
    Program program =
        Program.capture(
            () -> {
              Tensor noise = replayed.normal(Tensor.result(device, DType.F32, x.shape()), 0, 1);
              return x.variable().add(Variable.of(noise));
            },
            x);
    assertTrue(program.hasEffects());
    Tensor zero = Tensor.zeros(device, DType.F32, 7);
    for (int i = 0; i < 3; i++) {
      Tensor expected = eager.normal(Tensor.zeros(device, DType.F32, 7), 0, 1);
      assertArrayEquals(
          expected.toFloatArray(), program.run(zero).getFirst().toFloatArray(), "draw " + i);
    }
    assertEquals(eager.offset(), replayed.offset());
  }

  // ---- smaller and smaller
  // ------------------------------------------------------------------------

  @Test
  void whatNobodyNeedsIsDroppedAndWhatIsEqualIsComputedOnce() {
    Placeholder x = placeholder("x", 4);
    Program program =
        Program.capture(
            () -> {
              Variable unused = x.variable().mul(7);
              Variable a = x.variable().mul(2);
              Variable b = x.variable().mul(2);
              assertEquals(unused.shape(), a.shape());
              return a.add(b);
            },
            x);
    assertEquals(4, program.recordedCalls());
    assertEquals(2, program.calls());
    Tensor y = program.run(Tensor.of(device, new float[] {1, 2, 3, 4}, 4)).getFirst();
    assertArrayEquals(new float[] {4, 8, 12, 16}, y.toFloatArray());
  }

  @Test
  void equalWorkOnAnOperandThatHasChangedIsDoneAgain() {
    Tensor state = Tensor.of(device, new float[] {1, 2}, 2);
    Program program =
        Program.capture(
            () -> {
              Variable a = Variable.of(state).mul(2);
              Backends.kernels(device).elementwise().fill(5, state);
              Variable b = Variable.of(state).mul(2);
              return a.add(b);
            });
    assertArrayEquals(new float[] {12, 14}, program.run().getFirst().toFloatArray());
  }

  @Test
  void memoryIsShared() {
    Placeholder x = placeholder("x", 1000);
    Program program =
        Program.capture(
            () -> {
              Variable y = x.variable();
              for (int i = 0; i < 10; i++) {
                y = Elementwise.unary(UnaryOp.TANH, y);
              }
              return y;
            },
            x);
    assertTrue(program.plannedBytes() <= 4 * 1008, program.toString());
    assertEquals(10 * 4000, program.unsharedBytes());
    Tensor batch = values(1000);
    Variable expected = Variable.of(batch);
    for (int i = 0; i < 10; i++) {
      expected = Elementwise.unary(UnaryOp.TANH, expected);
    }
    float[] y = program.run(batch).getFirst().toFloatArray();
    assertArrayEquals(expected.value().toFloatArray(), y);
  }

  // ---- refusals -------------------------------------------------------------------------------

  private static void refused(Class<? extends AdjointException> type, String part, Runnable body) {
    AdjointException e = assertThrows(type, body::run);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void valuesCannotBeRead() {
    Placeholder x = placeholder("x", 4);
    refused(
        ArgumentException.class,
        "masked_fill",
        () -> Program.capture(() -> Indexing.maskedSelect(x.variable(), x.variable()), x));
    refused(
        ArgumentException.class,
        "has no values yet",
        () ->
            Program.capture(
                () -> x.variable().sum().item() > 0 ? x.variable() : x.variable().neg(), x));
    // and afterwards everything is as before
    assertEquals(1, x.variable().add(1).value().get(0));
  }

  @Test
  void gradientsMustNotPileUp() {
    Variable w = Variable.parameter(values(4));
    refused(
        CaptureException.class,
        "reset the gradients",
        () ->
            Program.capture(
                () -> {
                  Variable loss = w.mul(w).sum();
                  loss.backward();
                  return loss;
                }));
    assertNull(w.grad());
  }

  @Test
  void nothingAndTwoDevicesAreNoStep() {
    refused(CaptureException.class, "no kernel", () -> Program.captureAll(List::of));
    Variable here = Variable.of(values(2));
    Variable there = Variable.of(Tensor.zeros(new ReferenceBackend(), DType.F32, 2));
    refused(
        CaptureException.class,
        "one device",
        () -> Program.captureAll(() -> List.of(here.neg(), there.neg())));
  }

  @Test
  void anomalyModeAndNestedRecordingsAreRefused() {
    Placeholder x = placeholder("x", 4);
    try (var _ = Anomaly.detect()) {
      refused(
          CaptureException.class, "anomaly", () -> Program.capture(() -> x.variable().neg(), x));
    }
    Program inner = Program.capture(() -> x.variable().neg(), x);
    refused(
        CaptureException.class,
        "inside another",
        () ->
            Program.capture(
                () -> {
                  Program.capture(() -> x.variable().neg(), x);
                  return x.variable();
                },
                x));
    refused(
        CaptureException.class,
        "part of another",
        () ->
            Program.capture(
                () -> {
                  inner.session().run();
                  return x.variable();
                },
                x));
    refused(CaptureException.class, "twice", () -> Program.capture(() -> x.variable().neg(), x, x));
  }

  @Test
  void valuesMustFit() {
    Placeholder x = placeholder("image", 2, 3);
    Program program = Program.capture(() -> x.variable().neg(), x);
    refused(ShapeException.class, "image", () -> program.run(values(3, 2)));
    refused(
        DTypeException.class, "image", () -> program.run(Tensor.zeros(device, DType.F64, 2, 3)));
    refused(ArgumentException.class, "0 tensors", program::run);
    refused(ArgumentException.class, "placeholder", () -> program.session().feed(1, values(2, 3)));
  }

  @Test
  void indicesAreCheckedAtEveryReplay() {
    Placeholder labels = new Placeholder("labels", device, DType.I32, 3);
    Variable x = Variable.of(values(3, 4));
    Variable row = Variable.of(values(4));
    Program loss = Program.capture(() -> Softmax.crossEntropy(x, labels.tensor()), labels);
    Program rows = Program.capture(() -> Indexing.gather(row, 0, labels.tensor()), labels);
    for (Program p : List.of(loss, rows)) {
      p.run(Tensor.of(device, new int[] {0, 2, 1}, 3));
      refused(ShapeException.class, "-1", () -> p.run(Tensor.of(device, new int[] {0, -1, 1}, 3)));
      refused(ShapeException.class, "7", () -> p.run(Tensor.of(device, new int[] {0, 1, 7}, 3)));
    }
  }

  @Test
  void aBranchInJavaIsFound() {
    Placeholder x = placeholder("x", 4);
    boolean[] flag = {true};
    Program program =
        Program.capture(() -> flag[0] ? x.variable().neg() : Reductions.sum(x.variable()), x);
    assertEquals("", program.difference(() -> flag[0] ? x.variable().neg() : x.variable().sum()));
    flag[0] = false;
    String difference = program.difference(() -> flag[0] ? x.variable().neg() : x.variable().sum());
    assertTrue(difference.contains("was forward") && difference.contains("sum"), difference);
  }

  @Test
  void aDecisionThatHasChangedIsExplained() {
    Placeholder x = placeholder("x", 4);
    boolean[] mode = {true};
    Program program =
        Program.capture(
            () -> {
              Recording recording = Recording.current();
              if (recording != null) {
                recording.guard(mode, "dropout mode", () -> mode[0]);
              }
              return x.variable().neg();
            },
            x);
    program.run(values(4));
    mode[0] = false;
    assertFalse(program.isCurrent());
    refused(CaptureException.class, "dropout mode", () -> program.run(values(4)));
  }

  @Test
  void aListingShowsTheCalls() {
    Placeholder x = placeholder("x", 4, 3);
    String text = Program.capture(() -> relu(x.variable()).sum(), x).toString();
    assertTrue(text.contains("relu") && text.contains("sum") && text.contains("[4, 3]"), text);
  }
}
