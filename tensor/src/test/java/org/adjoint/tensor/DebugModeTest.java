package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code -Dadjoint.debug=true} is read once a JVM, so it is tried in a JVM of its own. */
class DebugModeTest {
  @Test
  void useAfterReleaseSaysWhereItWasAllocatedAndReleased()
      throws IOException, InterruptedException {
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dadjoint.debug=true",
                "-cp",
                System.getProperty("java.class.path"),
                Misuse.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, p.waitFor(), out);
    assertTrue(out.contains("ReleasedException: tensor: its memory is released"), out);
    assertTrue(out.contains("Caused by: java.lang.Throwable: released here"), out);
    assertTrue(out.contains("Caused by: java.lang.Throwable: allocated here"), out);
    assertTrue(out.contains("Misuse.allocate"), out);
  }

  /** A program that reads a released tensor. */
  static final class Misuse {
    private Misuse() {}

    public static void main(String[] args) {
      Tensor t;
      try (Scope scope = Scope.open()) {
        t = scope.size() == 0 ? allocate() : Tensor.zeros(new TestDevice(), DType.F32);
      }
      t.item();
    }

    private static Tensor allocate() {
      return Tensor.result(new TestDevice(), DType.F32, Shape.SCALAR);
    }
  }
}
