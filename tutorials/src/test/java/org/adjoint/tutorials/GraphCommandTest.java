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
  void workloadsHaveGraphs() {
    CommandLineRun norms = CommandLineRun.of("graph", "resnet20");
    assertEquals(0, norms.status(), norms.err());
    assertTrue(norms.out().startsWith("resnet20, a training step, batch 64, on cpu\n"));
    assertTrue(norms.out().contains("batch_norm gradient"), norms.out());
    assertTrue(norms.out().contains("running_mean"), norms.out());
    CommandLineRun two = CommandLineRun.of("graph", "gan", "--device", "reference");
    assertEquals(0, two.status(), two.err());
    assertTrue(two.out().startsWith("gan, a training step, batch 64, on reference\n"));
    assertTrue(two.out().contains("generator.0.weight"), two.out());
    assertTrue(two.out().contains("discriminator.m.0.weight"), two.out());
    // The generator's loss goes forward behind the update of the discriminator.
    two.out()
        .lines()
        .filter(l -> l.matches("\\s*\\d+  update .*"))
        .forEach(l -> assertTrue(l.contains("adam"), l));
    assertTrue(two.out().lines().anyMatch(l -> l.matches("\\s*\\d+  update .*")), two.out());
    for (String name : new String[] {"vae", "dqn"}) {
      CommandLineRun run = CommandLineRun.of("graph", name);
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().startsWith(name + ", a training step, batch "), run.out());
    }
  }

  @Test
  void workloadsHaveGraphsOfTheModelAlone() throws Exception {
    for (String name : new String[] {"word2vec", "infer_mlp_b1"}) {
      Path page = folder.resolve(name + ".html");
      CommandLineRun run =
          CommandLineRun.of("graph", name, "--inference", "--html", page.toString());
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().startsWith(name + ", inference, batch "), run.out());
      assertFalse(run.out().contains("backward  "), run.out());
      assertTrue(Files.size(page) > 1000);
    }
    refused(2, "--inference: a step of gan", "graph", "gan", "--inference");
    refused(2, "--batch: the batches of vae", "graph", "vae", "--batch", "3");
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
    refused(
        2,
        "unknown model 'resnet'; known are mlp, lenet5, autoencoder, mlp_fat",
        "graph",
        "resnet");
    refused(2, "--batch is 0", "graph", "mlp", "--batch", "0");
    refused(2, "unknown device 'abacus'", "graph", "mlp", "--device", "abacus");
    refused(2, "NAME", "graph");
  }
}
