package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The width of vectors is fixed when a JVM starts, so each width gets one of its own. */
class SameBitsTest {
  /** Runs a program of this class path and returns what it prints; it must exit with 0. */
  static String java(Class<?> program, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), out);
    return out.lines()
        .filter(line -> !line.contains("incubator modules"))
        .reduce("", (a, b) -> a + b + "\n");
  }

  @Test
  @DisabledIfSystemProperty(
      named = "adjoint.simd.width",
      matches = ".+",
      disabledReason = "the JVMs that it starts are the same whatever the width of this one")
  void everyWidthAndEveryNumberOfThreads() throws IOException, InterruptedException {
    String scalar =
        java(SameBits.class, "--add-modules", VectorModule.NAME, "-Dadjoint.simd.width=off");
    assertTrue(scalar.lines().count() > 800, scalar);
    assertFalse(scalar.contains("differ"), scalar);
    for (String options :
        List.of(
            "-Dadjoint.simd.width=512",
            "-Dadjoint.simd.width=256 -Dadjoint.threads=2",
            "-Dadjoint.simd.width=128 -Dadjoint.threads=5")) {
      List<String> all = new ArrayList<>(List.of("--add-modules", VectorModule.NAME));
      all.addAll(List.of(options.split(" ", -1)));
      assertEquals(scalar, java(SameBits.class, all.toArray(String[]::new)), options);
    }
  }

  @Test
  void withoutTheModuleItWorksAndSaysSoOnce() throws IOException, InterruptedException {
    String out = java(CpuBackendTest.Describe.class);
    String flag = "start java with --add-modules jdk.incubator.vector";
    List<String> warnings =
        out.lines().filter(l -> l.startsWith("WARNING") && l.contains(flag)).toList();
    assertEquals(1, warnings.size(), out);
    assertTrue(out.contains("available: Java 2") && out.contains("scalar code (the module"), out);
    assertTrue(out.contains("softmax [0.5 0.5]"), out);
  }

  @Test
  void aWidthThatDoesNotExistIsAReasonNotACrash() throws IOException, InterruptedException {
    String out =
        java(
            CpuBackendTest.Describe.class,
            "--add-modules",
            VectorModule.NAME,
            "-Dadjoint.simd.width=77");
    assertTrue(
        out.contains("unavailable: -Dadjoint.simd.width is 77; it must be 128, 256, 512 or off"),
        out);
    assertTrue(out.contains("DeviceException: device: name is cpu; it is not available"), out);
  }
}
