package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.adjoint.cpu.CpuBackend;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.MemoryUse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** After a hundred thousand steps no more memory is held than after a tenth (check R8). */
@Tag("sweep")
final class LeakSoakTest {
  private static final int STEPS = 100_000;
  private static final double ALLOWED = 1.01;
  private static final int BATCH = 4;

  static Stream<Arguments> subjects() {
    Backend cpu = new CpuBackend();
    Backend reference = new ReferenceBackend();
    SmallTraining replayed = SmallTraining.of("batch_norm", cpu, BATCH);
    TrainingStep recorded = replayed.recorded();
    return Stream.of(
        subject("eager", cpu, SmallTraining.of("batch_norm", cpu, BATCH)::step),
        subject("eager", reference, SmallTraining.of("batch_norm", reference, BATCH)::step),
        subject("replayed", cpu, () -> replayed.replay(recorded)));
  }

  private static Arguments subject(String way, Backend device, Runnable step) {
    return Arguments.of(way + " on " + device.name(), device, step);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("subjects")
  void memoryAfterAllStepsIsThatAfterATenth(String name, Backend device, Runnable step) {
    run(step, STEPS / 10);
    final long heap = retainedHeap();
    final long live = device.memory().live();
    final long pool = pool(device);
    run(step, STEPS - STEPS / 10);
    long heapNow = retainedHeap();
    long poolNow = pool(device);
    assertEquals(live, device.memory().live(), "bytes in use");
    assertTrue(poolNow <= ALLOWED * pool, () -> "pool: " + pool + " bytes, then " + poolNow);
    assertTrue(heapNow <= ALLOWED * heap, () -> "heap: " + heap + " bytes, then " + heapNow);
  }

  private static void run(Runnable step, int times) {
    for (int i = 0; i < times; i++) {
      step.run();
    }
  }

  private static long pool(Backend device) {
    MemoryUse use = device.memory();
    return use.live() + use.pooled();
  }

  private static long retainedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      ManagementFactory.getMemoryMXBean().gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
