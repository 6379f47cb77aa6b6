package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.DType;

/** A JVM of its own for what other tests or the coverage agent would disturb. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * Runs the main method of a test class, with the Vector API; returns the lines it prints.
   *
   * @param options of the JVM
   */
  static List<String> run(Class<?> program, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", VectorModule.NAME));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath(program), program.getName()));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), said);
    return said.lines().toList();
  }

  /** Where the classes needed lie, however the tests were started. */
  private static String classPath(Class<?> program) throws Exception {
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> c : List.of(program, CpuBackend.class, Expr.class, DType.class)) {
      places.add(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return String.join(File.pathSeparator, places);
  }
}
