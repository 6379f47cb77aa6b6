package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training step in the Flight Recorder: forward, backward and update, kernel by kernel. */
final class FlightRecorderTest {
  @TempDir Path folder;

  @Test
  void aStepIsRecordedKernelByKernel() throws Exception {
    Backend cpu = Backends.get("cpu");
    Linear layer = new Linear(Setup.of(cpu, DType.F32, 1), 3, 2);
    Sgd optimizer = new Sgd(layer, 0.1);
    Tensor x = Tensor.zeros(cpu, DType.F32, 4, 3);
    Tensor labels = Tensor.of(cpu, new int[] {0, 1, 0, 1}, 4);
    Path file = folder.resolve("step.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("org.adjoint.Kernel");
      recording.start();
      try (Scope _ = Scope.open()) {
        new CrossEntropy().of(layer.forward(Variable.of(x)), labels).backward();
        optimizer.step();
      }
      recording.stop();
      recording.dump(file);
    }
    List<String> ops = new ArrayList<>();
    for (RecordedEvent e : RecordingFile.readAllEvents(file)) {
      if (e.getEventType().getName().equals("org.adjoint.Kernel")) {
        ops.add(e.getString("op"));
        assertEquals("cpu", e.getString("backend"));
        if (e.getString("op").equals("matmul") && ops.size() == 1) {
          assertEquals("CpuMatmul", e.getString("kernel"));
          assertEquals("[4, 3] [2, 3] [2] [4, 2]", e.getString("shapes"));
          assertEquals(4 * (12 + 6 + 2 + 8), e.getLong("bytes"));
          assertTrue(e.getDuration().toNanos() > 0);
        }
      }
    }
    assertEquals("matmul", ops.getFirst(), ops.toString());
    assertTrue(ops.contains("cross_entropy") && ops.contains("cross_entropy gradient"), "" + ops);
    assertEquals(2, ops.stream().filter("sgd"::equals).count(), "an update a parameter: " + ops);
  }
}
