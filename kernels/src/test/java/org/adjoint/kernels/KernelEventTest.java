package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the Flight Recorder hears of kernels, and that nothing is made for it while it is off. */
class KernelEventTest {
  private static final String NAME = "org.adjoint.Kernel";

  private final ReferenceBackend device = new ReferenceBackend();

  @TempDir Path folder;

  private void product() {
    Tensor a = Tensor.zeros(device, DType.F32, 2, 3);
    Tensor b = Tensor.zeros(device, DType.F32, 3, 4);
    Tensor y = Tensor.zeros(device, DType.F32, 2, 4);
    Backends.kernels(device).matmul().matmul(a, false, b, false, null, y);
  }

  @Test
  void aRecordingHoldsOpShapesBytesTimeAndBackend() throws Exception {
    product();
    List<TracingKernels.Call> heard = new ArrayList<>();
    Path file = folder.resolve("kernels.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(NAME);
      recording.start();
      product();
      try (TracingKernels.Listening _ = TracingKernels.listen(heard::add)) {
        Backends.kernels(device).elementwise().fill(1, Tensor.zeros(device, DType.F64, 5));
      }
      recording.stop();
      product();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(e -> e.getEventType().getName().equals(NAME))
            .toList();
    assertEquals(2, events.size());
    RecordedEvent first = events.getFirst();
    assertEquals("matmul", first.getString("op"));
    assertEquals("MATMUL", first.getString("family"));
    assertEquals("ReferenceMatmul", first.getString("kernel"));
    assertEquals("reference", first.getString("backend"));
    assertEquals(DType.F32.toString(), first.getString("dtype"));
    assertEquals("[2, 3] [3, 4] [2, 4]", first.getString("shapes"));
    assertEquals(4 * (6 + 12 + 8), first.getLong("bytes"));
    assertTrue(first.getDuration().compareTo(Duration.ZERO) > 0, first.toString());
    assertEquals("fill", events.getLast().getString("op"));
    assertEquals(40, events.getLast().getLong("bytes"));
    assertEquals(1, heard.size(), "the listener of the thread hears the same call");
  }

  @Test
  void withoutARecordingTheKernelsAreTheBackendsOwn() {
    assertSame(device.kernels(), Backends.kernels(device));
  }

  /** The engine in a Java that was linked without the Flight Recorder. */
  @Test
  void theRecorderIsOptional() throws Exception {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--limit-modules",
                "java.base",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutRecorder.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(java.waitFor(1, TimeUnit.MINUTES));
    assertEquals("[2, 2] without jdk.jfr", out.strip());
  }

  /** The program of that test. */
  static final class WithoutRecorder {
    private WithoutRecorder() {}

    public static void main(String[] args) {
      ReferenceBackend device = new ReferenceBackend();
      Tensor y = Tensor.zeros(device, DType.F32, 2, 2);
      Backends.kernels(device).elementwise().fill(1, y);
      boolean present = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
      System.out.println(y.shape() + (present ? " with" : " without") + " jdk.jfr");
    }
  }
}
