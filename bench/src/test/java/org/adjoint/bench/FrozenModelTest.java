package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Setup;
import org.adjoint.layers.models.Models;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One frozen model, many threads (check R9): the bits of one thread, and nobody stalls. */
@Timeout(120)
class FrozenModelTest {
  private static final int INPUTS = 12;

  private final Backend device = Backends.get("cpu");
  private final Tensor[] inputs = new Tensor[INPUTS];
  private final float[][] expected = new float[INPUTS][];

  /** Digits one by one and in small batches; a model of its own says what to expect. */
  private Inference model() {
    Inference one = Models.lenet5(Setup.of(device, DType.F32, 3)).freeze();
    for (int i = 0; i < INPUTS; i++) {
      inputs[i] = Tensor.zeros(device, DType.F32, 1 + i % 3, 1, 28, 28);
      device.kernels().random().normal(i, 0, 0, 1, inputs[i]);
      expected[i] = one.apply(inputs[i]).toFloatArray();
    }
    return Models.lenet5(Setup.of(device, DType.F32, 3)).freeze();
  }

  private void ask(int threads, int calls) throws Exception {
    Inference f = model();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int first = t;
        all.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < calls; i++) {
                    int k = (first + i) % INPUTS;
                    try (Scope _ = Scope.open()) {
                      assertArrayEquals(expected[k], f.apply(inputs[k]).toFloatArray());
                    }
                  }
                }));
      }
      for (Future<?> done : all) {
        done.get(100, TimeUnit.SECONDS);
      }
    }
    for (Tensor x : inputs) {
      assertNotNull(f.program(x), "inputs of a shape that comes again are replayed");
    }
  }

  @Test
  void sixteenThreadsTwoThousandCallsEach() throws Exception {
    ask(16, 2000);
  }

  @Test
  void farMoreThreadsThanCores() throws Exception {
    ask(100, 50);
  }
}
