package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
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
    Inference f = Inference.of(model);
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
    LayersTest.refused(ArgumentException.class, model::unfreeze, "Inference");
    assertTrue(model.isSealed());
    // Evaluation mode, which it is in, may be asked for.
    model.eval();
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
