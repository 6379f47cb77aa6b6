package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.Gpt;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A replayed step has the bits of the step that was recorded. */
final class ReplayTest {
  private static final int STEPS = 100;
  private static final int BATCHES = 4;

  /** Something to train. */
  private record Subject(
      Function<Setup, Layer> model,
      Loss loss,
      BiFunction<Layer, Double, Optimizer> optimizer,
      boolean labels,
      int... x) {}

  private static Layer normalised(Setup s) {
    return new Sequential(
        new Conv2d(s, 2, 5, 3),
        new BatchNorm(s, 5),
        Activation.relu(),
        new Dropout(s, 0.3),
        new Flatten(),
        new Linear(s, 5 * 5 * 7, 11),
        new BatchNorm(s, 11),
        Activation.tanh(),
        new Dropout(s, 0.1),
        new Linear(s, 11, 10));
  }

  private static Subject subject(String name) {
    BiFunction<Layer, Double, Optimizer> sgd = (m, r) -> new Sgd(m, r, 0.9);
    BiFunction<Layer, Double, Optimizer> adam = Adam::new;
    return switch (name) {
      case "mlp" -> new Subject(Models::mlp, new CrossEntropy(), sgd, true, 9, 784);
      case "lenet5" -> new Subject(Models::lenet5, new CrossEntropy(), sgd, true, 5, 1, 28, 28);
      case "autoencoder" ->
          new Subject(
              Models::autoencoder, BinaryCrossEntropyWithLogits.mean(), adam, false, 7, 784);
      case "resnet" ->
          new Subject(s -> Models.resnet(s, 2, 1, 10), new CrossEntropy(), sgd, true, 3, 2, 8, 8);
      case "gpt" ->
          new Subject(
              s -> new Gpt(s, 10, 7, 12, 3, 2, 0.2),
              (y, t) -> new CrossEntropy().of(y.slice(1, 6, 7).reshape(-1, 10), t),
              adam,
              true,
              4,
              7);
      default -> new Subject(ReplayTest::normalised, new CrossEntropy(), adam, true, 6, 2, 7, 9);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "mlp, cpu, F32",
    "lenet5, cpu, F32",
    "autoencoder, cpu, F32",
    "resnet, cpu, F32",
    "gpt, cpu, F32",
    "gpt, cpu, F64",
    "norms, cpu, F32",
    "norms, cpu, F64",
    "norms, reference, F32",
    "norms, reference, F64"
  })
  void eagerAndReplayHaveTheSameBits(String name, String device, DType dtype) {
    Backend backend = Backends.get(device);
    Subject subject = subject(name);
    Layer eager = subject.model.apply(Setup.of(backend, dtype, 3));
    Layer replayed = subject.model.apply(Setup.of(backend, dtype, 3));
    Optimizer eagerOptimizer = subject.optimizer.apply(eager, 0.01);
    Optimizer replayedOptimizer = subject.optimizer.apply(replayed, 0.01);
    Tensor[] x = new Tensor[BATCHES];
    Tensor[] target = new Tensor[BATCHES];
    for (int b = 0; b < BATCHES; b++) {
      x[b] = input(name, backend, dtype, b, subject.x);
      int[] labels = new int[subject.x[0]];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = (3 * i + b) % 10;
      }
      target[b] = subject.labels ? Tensor.of(backend, labels, labels.length) : x[b];
    }
    TrainingStep step =
        TrainingStep.capture(replayed, subject.loss, replayedOptimizer, x[0], target[0]);
    assertEquals(0, replayedOptimizer.steps());
    same(eager.tensors(), replayed.tensors(), "after the recording");
    for (int s = 0; s < STEPS; s++) {
      double rate = 0.02 / (1 + s / 20.0);
      eagerOptimizer.learningRate(rate);
      replayedOptimizer.learningRate(rate);
      double loss;
      try (Scope _ = Scope.open()) {
        eagerOptimizer.resetGradients();
        Variable l =
            subject.loss.of(eager.forward(Variable.of(x[s % BATCHES])), target[s % BATCHES]);
        l.backward();
        eagerOptimizer.step();
        loss = l.item();
      }
      assertEquals(loss, step.run(x[s % BATCHES], target[s % BATCHES]).item(), "loss " + s);
    }
    same(eager.tensors(), replayed.tensors(), "after training");
    same(eagerOptimizer.state(), replayedOptimizer.state(), "the optimizer");
    eager.streams().forEach((n, r) -> assertEquals(r.offset(), replayed.streams().get(n).offset()));
    assertTrue(step.program().calls() <= step.program().recordedCalls());
  }

  /** Tokens from 0 to 9 for a language model, else numbers in [0, 1). */
  private static Tensor input(String name, Backend backend, DType dtype, int batch, int... dims) {
    if (!name.equals("gpt")) {
      Tensor x = Tensor.owned(backend, dtype, Shape.of(dims));
      backend.kernels().random().uniform(batch, 0, 0, 1, x);
      return x;
    }
    int[] tokens = new int[Shape.of(dims).size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (5 * i * i + batch) % 10;
    }
    return Tensor.of(backend, tokens, dims);
  }

  private static void same(Map<String, Tensor> a, Map<String, Tensor> b, String when) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach(
        (n, t) -> {
          Tensor other = b.get(n);
          if (t.dtype() == DType.I32) {
            assertArrayEquals(t.toIntArray(), other.toIntArray(), n + " " + when);
          } else {
            assertArrayEquals(t.toDoubleArray(), other.toDoubleArray(), n + " " + when);
          }
        });
  }
}
