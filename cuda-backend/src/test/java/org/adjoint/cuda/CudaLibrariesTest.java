package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Backends;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaLibrariesTest {
  @TempDir Path root;

  private final Map<String, String> environment = new HashMap<>();

  private Path file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private CudaLibraries libraries(@Nullable String property) {
    return new CudaLibraries(property, environment::get, root);
  }

  @Test
  void whatIsNotThereIsSaidWithTheOption() {
    List<String> report = VendorLibraries.report(libraries(null));
    assertEquals(2, report.size());
    assertTrue(report.get(0).startsWith("cuBLAS 13 or 12: not found"), report.get(0));
    assertTrue(report.get(1).contains("-Dadjoint.cuda.libraries=FOLDER"), report.get(1));
    assertEquals(report.size(), Backends.provider("cuda").details().size());
  }

  /** Each place that is found later comes before those found already. */
  @Test
  void placesAreLookedThroughInTheirOrder() throws IOException {
    environment.put("HOME", root.resolve("home").toString());
    Path wheel = file("home/.local/lib/python3.13/site-packages/nvidia/cublas/lib/libcublas.so.12");
    assertFound(wheel, 12, "a Python wheel", null);
    environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
    Path venv = file("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libcublas.so.13");
    assertFound(venv, 13, "a Python wheel", null);
    Path old = file("usr/local/cuda-12.6/lib64/libcublas.so.12");
    assertFound(old, 12, "a toolkit", null);
    Path toolkit = file("usr/local/cuda-13.0/lib64/libcublas.so.13");
    assertFound(toolkit, 13, "a toolkit", null);
    environment.put("CUDA_HOME", root.resolve("opt/cuda").toString());
    Path home = file("opt/cuda/lib64/libcublas.so.12");
    assertFound(home, 12, "CUDA_HOME", null);
    Path system = file("usr/lib/x86_64-linux-gnu/libcublas.so.12");
    assertFound(system, 12, "the loader's path", null);
    Path loader = file("loader/libcublas.so.13");
    environment.put("LD_LIBRARY_PATH", File.pathSeparator + loader.getParent());
    assertFound(loader, 13, "LD_LIBRARY_PATH", null);
    Path named = file("named/libcublas.so.12");
    assertFound(named, 12, "-Dadjoint.cuda.libraries", named.getParent().toString());
  }

  private void assertFound(Path path, int version, String where, @Nullable String property) {
    CudaLibraries.Found found = libraries(property).cublas().orElseThrow();
    assertEquals(new CudaLibraries.Found(path, version, where), found);
    assertEquals(path + " (" + where + ")", found.toString());
  }

  @Test
  void whatDoesNotLoadIsSaidWithWhereItIs() throws IOException {
    Path folder = file("broken/libcublas.so.13").getParent();
    file("broken/libcudnn.so.9");
    List<String> report = VendorLibraries.report(libraries(folder.toString()));
    for (int i = 0; i < 2; i++) {
      String name = i == 0 ? "cuBLAS 13, " + folder : "cuDNN 9, " + folder;
      assertTrue(report.get(i).startsWith(name), report.get(i));
      assertTrue(report.get(i).contains("not usable: "), report.get(i));
      assertTrue(report.get(i).contains("which does not load; look what ldd says"), report.get(i));
    }
  }

  @Test
  void cudnnOfAnotherVersionIsNotTaken() throws IOException {
    Path folder = file("some/libcudnn.so.8").getParent();
    assertTrue(libraries(folder.toString()).cudnn().isEmpty());
    assertEquals(
        "cuDNN 9: not found ("
            + folder.resolve("libcudnn.so.8")
            + " is of another version), and not needed; -Dadjoint.cuda.libraries=FOLDER says where"
            + " it is",
        VendorLibraries.report(libraries(folder.toString())).getLast());
    file("some/libcudnn.so.9");
    assertEquals(9, libraries(folder.toString()).cudnn().orElseThrow().version());
  }
}
