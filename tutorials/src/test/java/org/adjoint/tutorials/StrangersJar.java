package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.adjoint.autograd.Graph;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;

/** A jar of a user's: one class of package {@code strangers}, compiled here, and its service. */
final class StrangersJar {
  private StrangersJar() {}

  /**
   * Compiles a class against the engine and packs it.
   *
   * @param folder where
   * @param name of the jar, without .jar
   * @param type simple name of the class
   * @param service the interface whose provider it is
   * @param source the class, beginning with its package
   */
  static Path of(Path folder, String name, String type, Class<?> service, String source)
      throws IOException {
    Path file = folder.resolve(name).resolve(type + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    Path classes = folder.resolve(name).resolve("classes");
    String[] arguments = {
      "-proc:none",
      "-cp",
      String.join(
          File.pathSeparator, place(Graph.class), place(Kernels.class), place(Tensor.class)),
      "-d",
      classes.toString(),
      file.toString()
    };
    int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments);
    assertEquals(0, status, "the stranger's class compiles");
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream written = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(written);
        Stream<Path> compiled = Files.list(classes.resolve("strangers"))) {
      for (Path c : compiled.toList()) {
        out.putNextEntry(new JarEntry("strangers/" + c.getFileName()));
        out.write(Files.readAllBytes(c));
      }
      out.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
      out.write(("strangers." + type).getBytes(StandardCharsets.UTF_8));
    }
    return jar;
  }

  /** The jar or folder that a class was loaded from. */
  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
