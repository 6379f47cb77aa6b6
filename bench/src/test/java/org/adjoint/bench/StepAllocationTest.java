package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.cpu.CpuBackend;
import org.adjoint.cpu.Parallel;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.MemoryUse;
import org.junit.jupiter.api.Test;

/**
 * Once warm, a step of training in a scope makes small objects only, at most {@value #ALLOWED}
 * bytes for each variable of its graph, gradients and update included, and no array of data: these
 * hold many times as much. Its replay makes at most {@value #REPLAYED} bytes for each kernel call.
 * One thread does the work, so that its counter sees all of it.
 *
 * <p>The steps run in a JVM of their own, without the coverage agent. In one of ten some loop over
 * vectors is compiled with a call left in it that wants them boxed, for as long as the JVM lives,
 * another loop each time; so a model fails if it does in each of {@value #JVMS} JVMs.
 */
final class StepAllocationTest {
  private static final int ALLOWED = 500;
  private static final int REPLAYED = 64;
  private static final int JVMS = 3;
  private static final int STEPS = 50;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  @Test
  void aStepAllocatesNoData() throws Exception {
    assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "no counter");
    List<String> guilty = List.of();
    for (int i = 0; i < JVMS; i++) {
      guilty = run();
      if (guilty.isEmpty()) {
        break;
      }
    }
    assertEquals(List.of(), guilty);
  }

  private static List<String> run() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), Steps.class.getName()));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), said);
    return said.lines().toList();
  }

  /** Trains all models in turn until none allocates more than it may; says which do. */
  static final class Steps {
    private Steps() {}

    public static void main(String[] args) {
      Parallel.setThreads(1);
      CpuBackend cpu = new CpuBackend();
      Map<String, SmallTraining> trainings = new LinkedHashMap<>();
      for (String name : SmallTraining.NAMES) {
        trainings.put(name, SmallTraining.of(name, cpu, 16));
      }
      long end = System.nanoTime() + PATIENCE_NANOS;
      List<String> guilty = guilty(trainings, cpu);
      while (!guilty.isEmpty() && System.nanoTime() < end) {
        guilty = guilty(trainings, cpu);
      }
      guilty.forEach(System.out::println);
    }

    private static final Map<String, TrainingStep> RECORDED = new HashMap<>();

    private static List<String> guilty(Map<String, SmallTraining> trainings, CpuBackend cpu) {
      ThreadMXBean counter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      List<String> guilty = new ArrayList<>();
      trainings.forEach(
          (name, training) -> {
            int nodes = training.nodes();
            training.step();
            MemoryUse before = cpu.memory();
            long bytes = counter.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
              training.step();
            }
            long aNode = (counter.getCurrentThreadAllocatedBytes() - bytes) / STEPS / nodes;
            if (aNode > ALLOWED || !cpu.memory().equals(before)) {
              guilty.add(name + " allocates " + aNode + " bytes for each of " + nodes + " nodes");
            }
            TrainingStep recorded = RECORDED.computeIfAbsent(name, n -> training.recorded());
            training.replay(recorded);
            bytes = counter.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
              training.replay(recorded);
            }
            long aCall =
                (counter.getCurrentThreadAllocatedBytes() - bytes)
                    / STEPS
                    / recorded.program().calls();
            if (aCall > REPLAYED) {
              guilty.add(name + " allocates " + aCall + " bytes a replayed call");
            }
          });
      return guilty;
    }
  }
}
