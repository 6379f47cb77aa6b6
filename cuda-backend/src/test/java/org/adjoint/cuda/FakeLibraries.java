package org.adjoint.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** NVIDIA's libraries, written for tests in C: what JCuda and we call is looked at there. */
final class FakeLibraries {
  private FakeLibraries() {}

  /**
   * Compiles a library; the test is skipped where there is no C compiler. All functions of the
   * library have its name for a version, as NVIDIA's have.
   *
   * @param source a resource beside this class
   * @param folder where the library goes; made if there is none
   * @param library its name, with the number that ends it
   * @param flags of the compiler
   */
  static void compile(String source, Path folder, String library, String... flags)
      throws Exception {
    Files.createDirectories(folder);
    Path text = folder.resolve(library + ".c");
    try (InputStream in = FakeLibraries.class.getResourceAsStream(source)) {
      Files.copy(in, text);
    }
    Path versions = folder.resolve(library + ".versions");
    Files.writeString(versions, library + " { global: *; };\n");
    List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-O1"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", folder.resolve(library).toString(), "-Wl,-soname," + library));
    command.addAll(List.of("-Wl,--version-script," + versions, text.toString(), "-lm"));
    try {
      Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assumeTrue(compiler.waitFor() == 0, "the C compiler does not make a library: " + said);
    } catch (IOException e) {
      assumeTrue(false, "no C compiler: " + e.getMessage());
    }
  }
}
