package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.DType;

/** A JVM of its own: a driver is found, and JCuda loaded, once in the life of one. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * Runs the main method of a class; returns the lines that it and its libraries print.
   *
   * @param program the class
   * @param environment added to that of this JVM
   * @param options of the JVM, beside the class path
   */
  static List<String> run(
      Class<?> program, Map<String, String> environment, List<String> options, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(options);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, places(program))));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    return run(environment, command);
  }

  /** Runs a JVM with these options and arguments. */
  static List<String> run(Map<String, String> environment, List<String> arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process child = builder.start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), said);
    return said.lines().toList();
  }

  /** Where the classes and libraries needed lie, however the tests were started. */
  static Set<String> places(Class<?>... more) throws Exception {
    List<Class<?>> classes = new ArrayList<>(List.of(CudaBackend.class, Expr.class, DType.class));
    classes.addAll(List.of(Pointer.class, JCublas2.class, JCudnn.class));
    classes.addAll(List.of(more));
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> c : classes) {
      places.add(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    for (String library : List.of("JCudaDriver", "JCublas2", "JCudnn")) {
      String name = "lib/lib" + library + "-12.6.0-linux-x86_64.so";
      URL url = CudaBackend.class.getClassLoader().getResource(name);
      if (url != null && url.openConnection() instanceof JarURLConnection inJar) {
        places.add(Path.of(inJar.getJarFileURL().toURI()).toString());
      }
    }
    return places;
  }
}
