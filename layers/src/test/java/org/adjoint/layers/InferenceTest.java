package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class InferenceTest {
  private final Backend device = Backends.get("reference");

  /** Every kind of layer that has state or randomness. */
  private Sequential model() {
    Setup setup = Setup.of(device, DType.F32, 5);
    return new Sequential(
        new Conv2d(setup, 1, 3, 3, 1),
        new BatchNorm(setup, 3),
        Activation.relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dropout(setup, 0.5),
        new Linear(setup, 48, 10));
  }

  private Tensor input(int seed) {
    return Recorded.tensor(Recorded.signed(seed, 64), device, DType.F32).reshape(1, 1, 8, 8);
  }

  @Test
  void isTheModelInEvaluationMode() {
    Sequential model = model();
    model.forward(
        Variable.of(
            Recorded.tensor(Recorded.signed(9, 512), device, DType.F32).reshape(8, 1, 8, 8)));
    model.eval();
    float[] expected;
    try (Graph.NoGrad _ = Graph.noGrad()) {
      expected = model.forward(Variable.of(input(1))).value().toFloatArray();
    }
    model.train();
    Inference f = model.freeze();
    assertArrayEquals(expected, f.apply(input(1)).toFloatArray());
    Tensor out = Tensor.zeros(device, DType.F32, 1, 10);
    assertArrayEquals(expected, f.apply(input(1), out).toFloatArray());
    assertThrows(ShapeException.class, () -> f.apply(input(1), Tensor.zeros(device, DType.F32, 3)));
    assertEquals(model, f.layer());
  }

  @Test
  void theResultBelongsToTheCaller() {
    Inference f = Inference.of(model());
    Tensor free = f.apply(input(2));
    Tensor inner;
    try (Scope scope = Scope.open()) {
      inner = f.apply(input(2));
      assertEquals(1, scope.size());
      assertArrayEquals(free.toFloatArray(), inner.toFloatArray());
    }
    assertTrue(inner.storage().isReleased());
  }

  @Test
  void neverChangesAgain() {
    Sequential model = model();
    Inference.of(model);
    LayersTest.refused(ArgumentException.class, model::train, "Inference", "checkpoint");
    LayersTest.refused(ArgumentException.class, () -> model.trainable(true), "Inference");
    assertTrue(model.isSealed());
    // Evaluation mode, which it is in, may be asked for.
    model.eval();
  }

  @Test
  void theSecondInputOfAShapeIsRecorded() {
    Inference f = model().freeze();
    Tensor x = input(3);
    float[] eager = f.apply(x).toFloatArray();
    assertNull(f.program(x));
    assertArrayEquals(eager, f.apply(x).toFloatArray());
    assertNotNull(f.program(x));
    assertNull(f.program(input(3).reshape(1, 8, 8)));
    assertArrayEquals(eager, f.apply(x).toFloatArray());
    // Inside another recording, and where every value is looked at, it is computed as usual.
    Placeholder p = Placeholder.like("x", x);
    Program outer = Program.capture(() -> Variable.of(f.apply(p.tensor())), p);
    assertArrayEquals(eager, outer.run(x).get(0).toFloatArray());
    try (var _ = Anomaly.detect()) {
      assertArrayEquals(eager, f.apply(x).toFloatArray());
    }
    assertThrows(ShapeException.class, () -> f.apply(Tensor.zeros(device, DType.F32, 1, 2)));
    Inference flat = new Sequential(new Flatten()).freeze();
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(input(i).toFloatArray(), flat.apply(input(i)).toFloatArray());
    }
  }

  @Test
  void whatCannotBeRecordedIsComputedAsUsual() {
    Layer reading =
        new Layer() {
          @Override
          public Variable forward(Variable x) {
            return x.value().get(0, 0) > 0 ? x : x.neg();
          }
        };
    Inference f = reading.freeze();
    for (int i = 0; i < 3; i++) {
      Tensor x = Tensor.of(device, new float[] {i - 1, 2}, 1, 2);
      assertEquals(Math.abs(i - 1), Math.abs(f.apply(x).get(0, 0)));
      assertNull(f.program(x));
    }
    Inference many = Activation.relu().freeze();
    for (int n = 1; n <= 40; n++) {
      Tensor x = Tensor.zeros(device, DType.F32, n);
      many.apply(x);
      many.apply(x);
      assertEquals(n <= 32, many.program(x) != null, "shape " + n);
    }
  }

  @Test
  void sixteenThreadsGetTheBitsOfOne() throws Exception {
    Inference f = Inference.of(model());
    Tensor[] inputs = new Tensor[20];
    float[][] expected = new float[20][];
    for (int i = 0; i < 20; i++) {
      inputs[i] = input(i);
      expected[i] = f.apply(inputs[i]).toFloatArray();
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(16)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        int first = t;
        all.add(
            pool.submit(
                () -> {
                  Tensor out = Tensor.zeros(device, DType.F32, 1, 10);
                  for (int i = 0; i < 2000; i++) {
                    int k = (first + i) % 20;
                    assertArrayEquals(expected[k], f.apply(inputs[k], out).toFloatArray());
                  }
                }));
      }
      for (Future<?> done : all) {
        done.get();
      }
    }
  }
}
