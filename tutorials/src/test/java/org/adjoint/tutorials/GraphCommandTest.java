package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code adjoint graph} prints and leaves, and how it refuses. */
final class GraphCommandTest {
  @TempDir Path folder;

  @Test
  void everyModelHasAGraph() {
    for (String name : Programs.names()) {
      CommandLineRun run = CommandLineRun.of("graph", name, "--batch", "2");
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().startsWith(name + ", a training step, batch 2, on cpu\n"), run.out());
      assertTrue(run.out().contains("saved for backward"), run.out());
      assertTrue(run.out().contains("0.weight"), run.out());
      assertTrue(run.out().contains("adam("), run.out());
      assertEquals("", run.err());
    }
  }

  @Test
  void theModelAloneHasNoGradients() {
    CommandLineRun run =
        CommandLineRun.of(
            "graph", "lenet5", "--batch", "1", "--device", "reference", "--inference");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("lenet5, inference, batch 1, on reference\n"), run.out());
    assertTrue(run.out().contains("conv2d(x, 0.weight, 0.bias)"), run.out());
    assertFalse(run.out().contains("backward  "), run.out());
    assertFalse(run.out().contains("adam"), run.out());
  }

  @Test
  void thePageIsWritten() throws Exception {
    Path page = folder.resolve("mlp.html");
    CommandLineRun run =
        CommandLineRun.of("graph", "mlp", "--batch", "3", "--html", page.toString());
    assertEquals(0, run.status(), run.err());
    String text = Files.readString(page);
    assertTrue(text.startsWith("<!DOCTYPE html>"), text);
    assertTrue(text.contains("mlp, a training step, batch 3, on cpu"), text);
    assertTrue(text.strip().endsWith("</html>"), text);
  }

  @Test
  void aPageThatCannotBeWrittenIsFoundOutFirst() {
    refused(1, "no such file", "graph", "mlp", "--html", folder + "/none/graph.html");
    refused(1, folder.toString(), "graph", "mlp", "--html", folder.toString());
  }

  private static void refused(int status, String message, String... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(status, run.status());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void wrongUsageIsOneLine() {
    refused(2, "unknown model 'resnet'; known are mlp", "graph", "resnet");
    refused(2, "--batch is 0", "graph", "mlp", "--batch", "0");
    refused(2, "unknown device 'abacus'", "graph", "mlp", "--device", "abacus");
    refused(2, "NAME", "graph");
  }
}
