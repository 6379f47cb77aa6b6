package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training step in the Flight Recorder: forward, backward and update, kernel by kernel. */
final class FlightRecorderTest {
  @TempDir Path folder;

  private final Backend cpu = Backends.get("cpu");
  private final Linear layer = new Linear(Setup.of(cpu, DType.F32, 1), 3, 2);
  private final Sgd optimizer = new Sgd(layer, 0.1);
  private final Tensor x = Tensor.zeros(cpu, DType.F32, 4, 3);
  private final Tensor labels = Tensor.of(cpu, new int[] {0, 1, 0, 1}, 4);

  /** What the recorder hears of a step. */
  private List<RecordedEvent> events(Runnable step) throws IOException {
    Path file = folder.resolve("step.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("org.adjoint.Kernel");
      recording.start();
      step.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(e -> e.getEventType().getName().equals("org.adjoint.Kernel"))
        .toList();
  }

  @Test
  void aReplayIsRecordedCallByCall() throws Exception {
    TrainingStep step = TrainingStep.capture(layer, new CrossEntropy(), optimizer, x, labels);
    List<RecordedEvent> events = events(() -> step.run(x, labels));
    assertEquals(step.program().calls(), events.size(), step.program().toString());
    List<ProgramGraph.Node> nodes = step.graph().nodes();
    for (int i = 0; i < events.size(); i++) {
      RecordedEvent e = events.get(i);
      assertEquals("cpu", e.getString("backend"));
      assertTrue(e.getString("kernel").startsWith("Cpu"), e.toString());
      assertTrue(e.getDuration().toNanos() > 0 && e.getLong("bytes") > 0, e.toString());
      if (!nodes.get(i).isJoined() && nodes.get(i).phase() != Phase.BACKWARD) {
        assertEquals(nodes.get(i).op(), e.getString("op"));
      }
    }
    assertEquals("matmul", events.getFirst().getString("op"));
    assertEquals("[4, 3] [2, 3] [2] [4, 2]", events.getFirst().getString("shapes"));
    assertEquals("sgd", events.getLast().getString("op"));
    assertEquals("[2] [2]", events.getLast().getString("shapes"));
  }

  @Test
  void aStepIsRecordedKernelByKernel() throws Exception {
    List<String> ops = new ArrayList<>();
    for (RecordedEvent e :
        events(
            () -> {
              try (Scope _ = Scope.open()) {
                new CrossEntropy().of(layer.forward(Variable.of(x)), labels).backward();
                optimizer.step();
              }
            })) {
      ops.add(e.getString("op"));
      assertEquals("cpu", e.getString("backend"));
      if (e.getString("op").equals("matmul") && ops.size() == 1) {
        assertEquals("CpuMatmul", e.getString("kernel"));
        assertEquals("[4, 3] [2, 3] [2] [4, 2]", e.getString("shapes"));
        assertEquals(4 * (12 + 6 + 2 + 8), e.getLong("bytes"));
        assertTrue(e.getDuration().toNanos() > 0);
      }
    }
    assertEquals("matmul", ops.getFirst(), ops.toString());
    assertTrue(ops.contains("cross_entropy") && ops.contains("cross_entropy gradient"), "" + ops);
    assertEquals(2, ops.stream().filter("sgd"::equals).count(), "an update a parameter: " + ops);
  }
}
