package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What {@code adjoint graph} prints and leaves, and how it refuses. */
final class GraphCommandTest {
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
