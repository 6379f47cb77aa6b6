package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.kernels.ptx.Simulator;
import org.junit.jupiter.api.Test;

/** What {@code adjoint ptx} lists, prints and walks through, and how it refuses. */
final class PtxCommandTest {
  private static CommandLineRun done(String... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    return run;
  }

  private static void refused(int status, String message, String... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(status, run.status(), run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void allKernelsAreListed() {
    String out = done("ptx").out();
    assertTrue(out.startsWith("attention.ptx\n  attention_f32 "), out);
    assertTrue(out.contains("\nsoftmax.ptx\n  softmax_f32 "), out);
    assertTrue(out.contains(" y = exp(x - max)/sum of exp(x - max).\n"), out);
    assertTrue(out.lines().filter(l -> l.startsWith("  ")).count() > 250, out);
  }

  /** The list of files is written down, as a jar's folder is no place to look. */
  @Test
  void noFileWithKernelsIsForgotten() throws Exception {
    var place = Objects.requireNonNull(PtxSource.class.getResource("softmax.ptx")).toURI();
    TreeSet<String> files = new TreeSet<>();
    if (place.getScheme().equals("jar")) {
      try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
        add(files, Objects.requireNonNull(jar.provider().getPath(place).getParent()));
      }
    } else {
      add(files, Objects.requireNonNull(Path.of(place).getParent()));
    }
    assertEquals(files, new TreeSet<>(PtxTexts.FILES));
  }

  private static void add(Set<String> files, Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".ptx") && Files.readString(file).contains(".visible .entry ")) {
          files.add(name);
        }
      }
    }
  }

  @Test
  void aTextIsPrintedAsItStandsOrExpanded() {
    String plain = done("ptx", "exp_f32").out();
    assertTrue(plain.startsWith("exp_f32, unary.ptx:"), plain);
    assertTrue(
        plain.contains("\n// y = e^x\n.visible .entry exp_f32(\n//!include unary_par"), plain);
    assertTrue(plain.contains("\n     0  .u64  y\n     8  .u64  x\n    16  .u32  rows\n"), plain);
    assertTrue(plain.contains("registers declared: 10 .f32, 3 .pred, "), plain);
    String expanded = done("ptx", "exp_f32", "--expand").out();
    assertFalse(expanded.contains("!include"), expanded);
    assertTrue(expanded.contains("ld.global.f32   %x, [%at];"), expanded);
  }

  @Test
  void aLaunchIsWalkedThrough() {
    String out = done("ptx", "square_f32", "--step", "--lane", "3").out();
    assertTrue(
        out.startsWith(
            """
            square_f32: grid (2, 1, 1), block (32, 2, 1), watching block (0, 0, 0), warp 0
            arrays y x
            numbers rows=2 cols=40 xRow=40 xCol=1 alpha=0.5 beta=1
            """),
        out);
    assertTrue(out.contains("ld.global.f32 %x, [%at];"), out);
    assertTrue(out.contains("lane 3: %x = 2.75\n"), out);
    assertTrue(out.contains(" = x[3], as do 31 more accesses\n"), out);
    assertTrue(out.contains("writes 4 bytes of global at 0x"), out);
    assertTrue(out.contains(" = y[3], as do 31 more accesses\n"), out);
    assertTrue(out.contains("y begins [1.0, 0.0625, 2.25, 7.5625, "), out);
    String part = done("ptx", "square_f32", "--step", "--block", "1,0", "--warp", "1").out();
    assertTrue(part.contains("lanes 0-7\n"), part);
  }

  @Test
  void aPipeEndsAfterAsManyInstructionsAsItWants() {
    String out = done("ptx", "softmax_f32", "--step", "--steps", "5").out();
    assertTrue(out.endsWith("left after 5 instructions; --steps N shows more\n"), out);
    assertEquals(5, out.lines().filter(l -> l.matches("\\w+\\.(ptx|inc):\\d+ .*")).count(), out);
  }

  /** Whole families follow one rule, so every kernel has its launch. */
  @Test
  void everyExampleRunsWithoutFault() {
    try (Simulator device = new Simulator()) {
      for (PtxTexts.Kernel kernel : PtxTexts.kernels().values()) {
        PtxExample example = PtxExample.of(kernel);
        List<PtxExample.Array> arrays = example.allocate(device);
        example.launch(device, arrays);
        arrays.forEach(a -> device.free(a.address()));
      }
    }
  }

  @Test
  void anExpressionIsWalkedThrough() {
    String out = done("ptx", "map_f32", "--step", "--steps", "500").out();
    assertTrue(
        out.contains("arrays y program operands\nnumbers numbers=0.5 rows=2 cols=40 changing=0\n"),
        out);
    assertTrue(out.contains("y begins ["), out);
  }

  @Test
  void aKernelThatIsNoneHasNoText() {
    PtxTexts.Kernel none = new PtxTexts.Kernel("none_f32", "softmax.ptx", "");
    assertThrows(IllegalArgumentException.class, () -> PtxTexts.lines(none, false));
  }

  @Test
  void wrongUsageIsOneLine() {
    refused(2, "unknown kernel 'softmx_f32'; close to it are softmax_f32, ", "ptx", "softmx_f32");
    refused(2, "unknown kernel 'lstm_step'; close to it are lstm_step_f32, ", "ptx", "lstm_step");
    refused(2, "unknown kernel 'softmax.ptx'; close to it are softmax_f32, ", "ptx", "softmax.ptx");
    refused(2, "unknown kernel ''", "ptx", "");
    refused(2, "need a KERNEL", "ptx", "--step");
    refused(2, "--steps is 0", "ptx", "exp_f32", "--step", "--steps", "0");
    refused(2, "--block 1,: it must be", "ptx", "exp_f32", "--step", "--block", "1,");
    refused(2, "--block 2: the grid", "ptx", "exp_f32", "--step", "--block", "2");
    refused(2, "--warp is 2", "ptx", "exp_f32", "--step", "--warp", "2");
    refused(2, "--lane is 32", "ptx", "exp_f32", "--step", "--lane", "32");
  }
}
