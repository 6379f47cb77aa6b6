package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.adjoint.kernels.UserKernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code adjoint compare} shows, and that a user's kernel joins only if it is right. */
final class CompareCommandTest {
  @TempDir Path folder;

  private static CommandLineRun compare(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "compare";
    System.arraycopy(more, 0, all, 1, more.length);
    all[more.length + 1] = "--seconds";
    all[more.length + 2] = "0.1";
    return CommandLineRun.of(all);
  }

  @Test
  void levelsStandSideBySide() throws IOException {
    Path json = folder.resolve("rows.json");
    Path picture = folder.resolve("roofline.png");
    CommandLineRun run =
        compare(
            "exp",
            "sum",
            "--size",
            "3001",
            "--threads",
            "2",
            "--json",
            json.toString(),
            "--roofline",
            picture.toString());
    assertEquals(0, run.status(), run.out() + run.err());
    for (String word :
        new String[] {"plain", "auto", "generated", "vector", "of ceiling", "bytes/call", "ulp"}) {
      assertTrue(run.out().contains(word), run.out());
    }
    String rows = Files.readString(json);
    assertTrue(rows.startsWith("[") && rows.strip().endsWith("]"), rows);
    assertEquals(16, rows.lines().filter(line -> line.startsWith("{")).count(), rows);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertTrue(image.getWidth() >= 800 && image.getHeight() >= 500);
  }

  @Test
  void devicesStandSideBySide() throws IOException {
    Path json = folder.resolve("devices.json");
    CommandLineRun run =
        compare("add", "--size", "500", "--device", "sim,sim:1", "--json", json.toString());
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("ceiling: copy "), run.out());
    assertTrue(run.out().lines().anyMatch(l -> l.startsWith("sim:1 ")), run.out());
    assertEquals(2, Files.readString(json).lines().filter(l -> l.startsWith("{")).count());
    CommandLineRun mixed = compare("add", "--device", "cpu,sim");
    assertEquals(2, mixed.status());
    assertTrue(mixed.err().contains("--device cpu,sim goes without cpu"), mixed.err());
    assertEquals(2, compare("add", "--device", "simm").status());
  }

  @Test
  void aGeneratedLoopCanBeRead() {
    CommandLineRun run = compare("add", "--size", "100", "--show", "--threads", "1");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("VectorSpecies"), run.out());
    run = compare("max_pool2d", "--size", "2x3x9x7", "--show", "--threads", "1");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("max_pool2d: no single generated loop"), run.out());
  }

  @Test
  void wrongUsageIsOneLine() {
    CommandLineRun run = compare("exq");
    assertEquals(2, run.status());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("known are add, mul, fma, relu, exp"), run.err());
    CommandLineRun hasty = CommandLineRun.of("compare", "add", "--seconds", "0.02");
    assertEquals(2, hasty.status());
    assertTrue(hasty.err().contains("--seconds is 0.02; it must be from 0.1"), hasty.err());
    assertEquals(2, compare("matmul", "--size", "3x4").status());
    assertEquals(2, compare("matmul", "--size", "3x").status());
    assertEquals(2, compare("add", "--threads", "0").status());
    assertEquals(2, compare().status());
    assertEquals(1, compare("add", "--kernels", folder + "/none.jar").status());
  }

  /** The kernel of the README, as it stands there. */
  @Test
  void aUsersKernelJoinsFromAJar() throws Exception {
    String source = ReadmeTest.sample("Experiment");
    Path jar = StrangersJar.of(folder, "right", "MySoftmax", UserKernel.class, source);
    CommandLineRun run = compare("softmax", "--size", "5x77", "--kernels", jar.toString());
    assertEquals(0, run.status(), run.out() + run.err());
    assertTrue(run.out().contains("my_softmax: values and gradients of every case"), run.out());
    assertTrue(
        run.out().lines().anyMatch(l -> l.matches("my_softmax +1 .*MySoftmax.*")), run.out());
    CommandLineRun other = compare("add", "--size", "5", "--kernels", jar.toString());
    assertEquals(2, other.status());
    assertTrue(other.err().contains("it has [my_softmax for softmax]"), other.err());
  }

  @Test
  void aWrongKernelIsRefusedWithItsFirstFailingCase() throws Exception {
    String source = ReadmeTest.sample("Experiment").replace("/= sum", "/= sum + 1e-3f");
    Path jar = StrangersJar.of(folder, "wrong", "MySoftmax", UserKernel.class, source);
    CommandLineRun run = compare("softmax", "--size", "5x77", "--kernels", jar.toString());
    assertEquals(1, run.status(), run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(
        run.err()
            .matches(
                "(?s).*my_softmax is refused: softmax/.* y\\[.*expected .* received .* error .*"),
        run.err());
    assertTrue(run.out().lines().noneMatch(l -> l.startsWith("plain")), run.out());
  }

  private void isRefused(String name, String before, String after, String why) throws Exception {
    String source = ReadmeTest.sample("Experiment").replace(before, after);
    Path jar = StrangersJar.of(folder, name, "MySoftmax", UserKernel.class, source);
    CommandLineRun run = compare("softmax", "--size", "5x77", "--kernels", jar.toString());
    assertEquals(1, run.status(), run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(why), run.err());
  }

  @Test
  void aKernelThatHarmsIsRefused() throws Exception {
    String last = "out[b + i] /= sum;";
    isRefused("operand", last, last + " in[a + i] += 1;", "changes its operand");
    isRefused("endless", "rows(x, y);", "softmax(x, y);", "StackOverflowError");
    isRefused("nameless", "return \"my_softmax\"", "return \"\"", "give strangers.MySoftmax one");
  }

  @Test
  void aFileThatIsNoJarSaysSo() throws IOException {
    Path file = Files.writeString(folder.resolve("garbage.jar"), "not a jar");
    CommandLineRun run = compare("softmax", "--kernels", file.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().contains("it needs META-INF/services/"), run.err());
  }
}
