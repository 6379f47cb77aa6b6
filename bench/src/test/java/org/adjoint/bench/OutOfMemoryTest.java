package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.adjoint.cpu.CpuBackend;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.layers.train.Snapshot;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapDevice;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.MemoryListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Out of memory at allocation n, for every n of a step (check R7): the exception is typed, nothing
 * leaks, and what was saved before the step trains on as if nothing had happened, bit for bit.
 */
@Tag("sweep")
final class OutOfMemoryTest {
  private static final int BATCH = 4;

  /** No step has fewer buffers than this. */
  private static final int LEAST = 12;

  /** In the first step the optimizer makes its state; the second finds everything there. */
  private static final int STEPS = 2;

  /** Refuses the n-th buffer. */
  private static final class Refusal implements MemoryListener {
    private int left;

    Refusal(int n) {
      left = n;
    }

    @Override
    public void allocating(DType dtype, int size, boolean temporary) {
      if (--left == 0) {
        throw new MemoryException("allocate", "size", size, "it is refused for the test");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mlp, reference", "lenet5, reference", "autoencoder, reference", "batch_norm, reference",
    "mlp, cpu", "lenet5, cpu", "autoencoder, cpu", "batch_norm, cpu"
  })
  void everyAllocationOfAStepMayFail(String name, String device) {
    Backend backend = device.equals("cpu") ? new CpuBackend() : new ReferenceBackend();
    HeapDevice memory = (HeapDevice) backend;
    SmallTraining undisturbed = SmallTraining.of(name, backend, BATCH);
    SmallTraining training = SmallTraining.of(name, backend, BATCH);
    for (int step = 0; step < STEPS; step++) {
      undisturbed.step();
      undisturbed.model.resetGradients();
      Map<String, double[]> expected = undisturbed.state();
      Snapshot before = Snapshot.of(training.model, training.optimizer);
      training.model.resetGradients();
      assertEquals(0, memory.memory().live());
      int n = 1;
      while (fails(training, memory, n)) {
        String what = "allocation " + n + " of step " + step;
        assertNull(Context.current().scope(), what);
        assertTrue(Context.current().gradients(), what);
        training.model.resetGradients();
        assertEquals(0, memory.memory().live(), what);
        before.restore();
        training.step();
        assertSameBits(expected, training.state(), what);
        before.restore();
        n++;
      }
      assertTrue(n > LEAST, "so many allocations were refused: " + (n - 1));
      assertSameBits(expected, training.state(), "step " + step);
    }
  }

  /** Makes a step whose n-th buffer is refused, if it comes so far. */
  private static boolean fails(SmallTraining training, HeapDevice memory, int n) {
    memory.listener(new Refusal(n));
    try {
      training.step();
      return false;
    } catch (MemoryException e) {
      return true;
    } finally {
      memory.listener(null);
    }
  }

  private static void assertSameBits(
      Map<String, double[]> expected, Map<String, double[]> actual, String what) {
    assertEquals(expected.keySet(), actual.keySet(), what);
    expected.forEach((name, e) -> assertArrayEquals(e, actual.get(name), what + ", " + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "lenet5", "autoencoder", "batch_norm"})
  void aStepNeedsWhatItsPeakSaysAndNoByteMore(String name) {
    CpuBackend cpu = new CpuBackend();
    SmallTraining undisturbed = SmallTraining.of(name, cpu, BATCH);
    SmallTraining training = SmallTraining.of(name, cpu, BATCH);
    // The first step makes the optimizer's state. Only one has gradients at a time.
    training.step();
    training.model.resetGradients();
    undisturbed.step();
    undisturbed.step();
    undisturbed.model.resetGradients();
    final Map<String, double[]> expected = undisturbed.state();
    final long peak = cpu.memory().peak();
    Snapshot before = Snapshot.of(training.model, training.optimizer);
    cpu.trim();
    cpu.limit(peak - 1);
    assertThrows(MemoryException.class, training::step);
    training.model.resetGradients();
    assertEquals(0, cpu.memory().live());
    assertTrue(cpu.memory().pooled() < peak);
    before.restore();
    cpu.limit(peak);
    training.step();
    assertSameBits(expected, training.state(), name);
  }
}
