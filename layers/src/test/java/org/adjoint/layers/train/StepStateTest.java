package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.adjoint.autograd.GradientException;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.CaptureException;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.kernels.UserKernel;
import org.adjoint.layers.KeyValueCache;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.MultiHeadAttention;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.optim.Accumulation;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Clipping;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What surrounds a recorded step may change or fail in between, and replay goes with it. */
class StepStateTest {
  private final Backend device = Small.DEVICE;
  private final Loss loss = new CrossEntropy();

  private Tensor x(int n, int seed) {
    Tensor t = Tensor.zeros(device, DType.F32, n, 36);
    device.kernels().random().uniform(seed, 0, -1, 1, t);
    return t;
  }

  private Tensor labels(int... labels) {
    return Tensor.of(device, labels, labels.length);
  }

  private void eager(Layer model, Optimizer optimizer, Tensor x, Tensor t) {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      loss.of(model.forward(Variable.of(x)), t).backward();
      optimizer.step();
    }
  }

  @Test
  void clippingMayBeginAfterwards() {
    Layer eager = new Small(1).model;
    Layer replayed = new Small(1).model;
    Optimizer a = new Sgd(eager, 0.5, 0.9);
    Optimizer b = new Sgd(replayed, 0.5, 0.9);
    Tensor t = labels(0, 1, 2, 0);
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(4, 0), t);
    for (int i = 0; i < 4; i++) {
      if (i == 2) {
        a.clip(Clipping.norm(0.01));
        b.clip(Clipping.norm(0.01));
      }
      eager(eager, a, x(4, i), t);
      step.run(x(4, i), t);
      Small.assertSame(eager, replayed);
    }
  }

  @Test
  void aStepThatFailsLeavesWhatTheStepItselfWould() {
    Layer eager = new Small(1).model;
    Layer replayed = new Small(1).model;
    Optimizer a = new Adam(eager, 0.05);
    Optimizer b = new Adam(replayed, 0.05);
    Tensor good = labels(0, 1, 2, 0);
    Tensor bad = labels(0, 3, 2, 0);
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(4, 0), good);
    for (int i = 0; i < 5; i++) {
      Tensor x = x(4, i);
      if (i % 2 == 1) {
        assertThrows(AdjointException.class, () -> eager(eager, a, x, bad));
        assertThrows(AdjointException.class, () -> step.run(x, bad));
      } else {
        eager(eager, a, x, good);
        step.run(x, good);
      }
      assertEquals(a.steps(), b.steps());
      Small.assertSame(eager, replayed);
    }
  }

  @Test
  void stateOfAnotherDeviceIsPutBackInPlace() {
    Layer eager = new Small(1).model;
    Layer replayed = new Small(1).model;
    Optimizer a = new Adam(eager, 0.05);
    Optimizer b = new Adam(replayed, 0.05);
    Tensor t = labels(0, 1, 2, 0);
    TrainingStep step = TrainingStep.capture(replayed, loss, b, x(4, 0), t);
    eager(eager, a, x(4, 0), t);
    step.run(x(4, 0), t);
    Backend elsewhere = Backends.get("reference").with(new Renamed());
    Map<String, Tensor> saved = new HashMap<>();
    a.state().forEach((name, s) -> saved.put(name, s.to(elsewhere)));
    for (int i = 0; i < 3; i++) {
      a.restore(saved);
      b.restore(saved);
      eager(eager, a, x(4, i), t);
      step.run(x(4, i), t);
      Small.assertSame(eager, replayed);
    }
  }

  /** A kernel that changes nothing but the identity of the device. */
  private static final class Renamed implements UserKernel {
    @Override
    public String name() {
      return "same";
    }

    @Override
    public String op() {
      return "softmax";
    }

    @Override
    public Kernels over(Kernels kernels) {
      return new ForwardingKernels(kernels) {
        @Override
        public SoftmaxKernels softmax() {
          return new Softmax(kernels.softmax()) {};
        }
      };
    }
  }

  /** Multiplies by the lengths, if there are any. */
  private static final class Weighted implements RecordableTask {
    final Linear model = new Linear(Setup.of(Small.DEVICE, DType.F32, 3), 36, 1);

    @Override
    public Layer network() {
      return model;
    }

    @Override
    public List<Variable> outputs(Batch batch) {
      Variable y = model.forward(Variable.of(batch.x())).reshape(-1);
      Tensor lengths = batch.lengths();
      if (lengths != null) {
        Tensor factor = Tensor.result(y.value().device(), DType.F32, lengths.shape());
        Backends.kernels(factor.device()).elementwise().copy(lengths, factor);
        y = y.mul(Variable.of(factor));
      }
      return List.of(y.square().mean());
    }
  }

  @Test
  void lengthsMayComeAndGo() {
    Weighted eager = new Weighted();
    Weighted replayed = new Weighted();
    Optimizer a = new Sgd(eager.model, 0.01);
    Optimizer b = new Sgd(replayed.model, 0.01);
    @Nullable Tensor[] lengths = {labels(1, 2), null, labels(3, 1), null, null, labels(2, 2)};
    TrainingStep step = TrainingStep.capture(replayed, b, batch(x(2, 0), lengths[0]));
    for (int i = 0; i < lengths.length; i++) {
      Batch batch = batch(x(2, i), lengths[i]);
      try (Scope _ = Scope.open()) {
        a.resetGradients();
        eager.outputs(batch).get(0).backward();
        a.step();
      }
      step.run(batch);
      Small.assertSame(eager.model, replayed.model);
    }
    assertEquals(2, step.shapes());
  }

  @Test
  void aBatchThatCannotBeRecordedIsRefusedEachTime() {
    Weighted task = new Weighted();
    Optimizer optimizer = new Sgd(task.model, 0.01);
    TrainingStep step = TrainingStep.capture(task, optimizer, batch(x(2, 0), labels(1, 2)));
    task.model.trainable(false);
    Batch other = batch(x(2, 1), null);
    for (int i = 0; i < 2; i++) {
      assertThrows(GradientException.class, () -> step.run(other));
    }
    task.model.trainable(true);
    for (int i = 0; i < 2; i++) {
      Batch wrong = new Batch(x(2, 1), labels(0, 0), labels(1, 2, 3), new int[2], 2);
      assertThrows(ShapeException.class, () -> step.run(wrong));
    }
    Batch wide = batch(Tensor.zeros(device, DType.F32, 2, 35), labels(1, 2));
    for (int i = 0; i < 2; i++) {
      ShapeException e = assertThrows(ShapeException.class, () -> step.run(wide));
      assertTrue(e.getMessage().contains("36"), e.getMessage());
    }
  }

  private Batch batch(Tensor x, @Nullable Tensor lengths) {
    return new Batch(x, labels(0, 0), lengths, new int[x.dim(0)], x.dim(0));
  }

  /** Looks at its own predictions in the other mode, as self-training does. */
  private static final class TwoModes implements RecordableTask {
    final Small small = new Small(3);

    @Override
    public Layer network() {
      return small.model;
    }

    @Override
    public List<Variable> outputs(Batch batch) {
      small.model.eval();
      Variable target = small.model.forward(Variable.of(batch.x())).detach();
      small.model.train();
      return List.of(small.model.forward(Variable.of(batch.x())).sub(target).square().mean());
    }
  }

  @Test
  void aTaskThatChangesItsModeIsComputedAsUsual() {
    TwoModes eager = new TwoModes();
    TwoModes replayed = new TwoModes();
    new Trainer(eager, new Sgd(eager.small.model, 0.01), eager.small.loader, 2).replay(false).run();
    Trainer trainer =
        new Trainer(replayed, new Sgd(replayed.small.model, 0.01), replayed.small.loader, 2);
    trainer.run();
    Small.assertSame(eager.small.model, replayed.small.model);
    assertNull(trainer.replayed());
    AdjointException obstacle = trainer.replayObstacle();
    assertNotNull(obstacle);
    assertTrue(obstacle.getMessage().contains("isTraining"), obstacle.getMessage());
  }

  @Test
  void allBatchesOfAnAccumulationAreRecordedOrNone() {
    Linear eager = new Linear(Setup.of(device, DType.F32, 3), 36, 3);
    Linear replayed = new Linear(Setup.of(device, DType.F32, 3), 36, 3);
    Optimizer b = new Sgd(replayed, 0.1);
    Accumulation ofEager = new Accumulation(new Sgd(eager, 0.1), 2);
    Accumulation ofReplayed = new Accumulation(b, 2);
    Placeholder first = new Placeholder("first", device, DType.F32, 2, 36);
    Placeholder second = new Placeholder("second", device, DType.F32, 2, 36);
    Tensor t = labels(0, 2);
    Supplier<Variable> half =
        () -> {
          Variable l = loss.of(replayed.forward(first.variable()), t);
          ofReplayed.add(l);
          return l;
        };
    CaptureException e = assertThrows(CaptureException.class, () -> Program.capture(half, first));
    assertTrue(e.getMessage().contains("Accumulation.pending"), e.getMessage());
    assertEquals(0, ofReplayed.pending());
    Program both =
        Program.capture(
            () -> {
              Variable _ = half.get();
              Variable l = loss.of(replayed.forward(second.variable()), t);
              ofReplayed.add(l);
              return l;
            },
            first,
            second);
    for (int i = 0; i < 3; i++) {
      ofEager.add(loss.of(eager.forward(Variable.of(x(2, i))), t));
      ofEager.add(loss.of(eager.forward(Variable.of(x(2, i + 9))), t));
      both.run(x(2, i), x(2, i + 9));
      Small.assertSame(eager, replayed);
    }
  }

  @Test
  void aCacheThatGrowsIsNotRecorded() {
    MultiHeadAttention layer = new MultiHeadAttention(Setup.of(device, DType.F32, 3), 8, 2);
    KeyValueCache cache = layer.cache(1, 5);
    Placeholder token = new Placeholder("token", device, DType.F32, 1, 1, 8);
    try (Graph.NoGrad _ = Graph.noGrad()) {
      CaptureException e =
          assertThrows(
              CaptureException.class,
              () -> Program.capture(() -> layer.attend(token.variable(), cache), token));
      assertTrue(e.getMessage().contains("KeyValueCache.length"), e.getMessage());
    }
    assertEquals(0, cache.length());
  }
}
