package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.DeviceException;
import org.junit.jupiter.api.Test;

class NativesTest {
  @Test
  void aLibraryLiesInAPrivateFolderWhileItIsWanted() throws Exception {
    String before = System.getProperty("java.io.tmpdir");
    List<Path> seen = new ArrayList<>();
    Natives.load(
        "JCudaDriver",
        () -> {
          Path folder = Path.of(System.getProperty("java.io.tmpdir"));
          seen.add(folder);
          Path library = folder.resolve("libJCudaDriver-12.6.0-linux-x86_64.so");
          assertTrue(Files.isRegularFile(library));
          try {
            assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertEquals(before, System.getProperty("java.io.tmpdir"));
    assertNotEquals(before, seen.getFirst().toString());
    assertFalse(Files.exists(seen.getFirst()));
  }

  @Test
  void whatFailsLeavesNothingBehind() {
    String before = System.getProperty("java.io.tmpdir");
    List<Path> seen = new ArrayList<>();
    assertThrows(
        UnsatisfiedLinkError.class,
        () ->
            Natives.load(
                "JCudaDriver",
                () -> {
                  seen.add(Path.of(System.getProperty("java.io.tmpdir")));
                  throw new UnsatisfiedLinkError("libcuda.so.1: cannot open shared object file");
                }));
    assertEquals(before, System.getProperty("java.io.tmpdir"));
    assertFalse(Files.exists(seen.getFirst()));
    DeviceException e =
        assertThrows(DeviceException.class, () -> Natives.load("JCudaNowhere", () -> {}));
    assertTrue(e.getMessage().contains("libJCudaNowhere"), e.getMessage());
  }

  @Test
  void reasonsAreShort() {
    assertEquals(
        "libcuda.so.1 is not found",
        Natives.reason(
            new UnsatisfiedLinkError(
                "Error while loading\n/tmp/x.so: libcuda.so.1: cannot open shared object file: No"
                    + " such file")));
    assertEquals(
        "undefined symbol: cuGraphLaunch",
        Natives.reason(new UnsatisfiedLinkError("/tmp/x.so: undefined symbol: cuGraphLaunch")));
    assertEquals(
        "version `libcublas.so.12' not found",
        Natives.reason(
            new UnsatisfiedLinkError("x: version `libcublas.so.12' not found (required by y)")));
    assertEquals("odd", Natives.reason(new NoClassDefFoundError("odd\nand more")));
  }
}
