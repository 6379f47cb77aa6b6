package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.BackendProvider.Available;
import org.adjoint.kernels.BackendProvider.Unavailable;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DeviceException;
import org.junit.jupiter.api.Test;

class CudaBackendProviderTest {
  @Test
  void aMachineWithoutAGpuSaysWhatIsMissingAndWhatToDo() {
    BackendProvider provider = Backends.provider("cuda:1");
    assertEquals("cuda", provider.name());
    assertTrue(provider.priority() < 100, "a GPU is asked for by name");
    switch (provider.availability()) {
      case Available a -> assertTrue(a.description().contains("compute capability"));
      case Unavailable u -> {
        assertFalse(u.cause().isBlank());
        assertFalse(u.cause().contains("\n"), u.cause());
        assertFalse(u.remedy().isBlank());
        DeviceException e = assertThrows(DeviceException.class, () -> Backends.get("cuda"));
        assertTrue(e.getMessage().contains(u.remedy()), e.getMessage());
      }
    }
  }

  @Test
  void theSimulatorsAreFoundByNumber() {
    CudaBackend first = (CudaBackend) Backends.get("sim");
    assertSame(first, Backends.get("sim:0"));
    CudaBackend second = (CudaBackend) Backends.get("sim:1");
    assertEquals("sim:1", second.name());
    assertEquals("device sim:1", second.toString());
    assertTrue(first.description().startsWith("PTX simulator, compute capability 9.0"));
    assertThrows(DeviceException.class, () -> Backends.get("sim:4"));
    assertTrue(Backends.provider("sim").priority() < Backends.provider("reference").priority());
  }

  @Test
  void testsThatNeedAGpuAreSkippedOrFail() {
    Unavailable none = new Unavailable("no driver", "install it");
    assertTrue(GpuCondition.evaluate(none, "").isDisabled());
    assertThrows(AssertionError.class, () -> GpuCondition.evaluate(none, "required"));
    assertFalse(GpuCondition.evaluate(new Available("here"), "required").isDisabled());
  }

  @Test
  void jcudaIsLoadedWhenACudaDeviceIsAskedForAndNotBefore() throws Exception {
    List<String> lines = loading("sim");
    assertTrue(lines.contains("PTX simulator"), lines.getLast());
    assertFalse(lines.stream().anyMatch(l -> l.contains("] jcuda.")));
    lines = loading("cuda");
    assertTrue(lines.stream().anyMatch(l -> l.contains("] jcuda.driver.JCudaDriver ")));
  }

  private static List<String> loading(String device) throws Exception {
    return ChildJvm.run(
        Describe.class,
        Map.of(),
        List.of("--enable-native-access=ALL-UNNAMED", "-Xlog:class+load"),
        device);
  }

  /** Says what a device answers. */
  static final class Describe {
    private Describe() {}

    public static void main(String[] args) {
      Backends.providers().forEach(BackendProvider::name);
      switch (Backends.provider(args[0]).availability()) {
        case Available a -> System.out.println(a.description().split(",")[0]);
        case Unavailable u -> System.out.println(u.cause());
      }
    }
  }

  @Test
  void theModulePathAnswersLikeTheClassPath() throws Exception {
    List<String> places = new ArrayList<>(ChildJvm.places());
    Path[] paths = places.stream().map(Path::of).toArray(Path[]::new);
    assumeTrue(
        ModuleFinder.of(Path.of(places.getFirst())).find("org.adjoint.cuda").isPresent()
            && ModuleFinder.of(paths).find("org.adjoint.kernels").isPresent(),
        "the classes were compiled without their module descriptors");
    Path tests =
        Path.of(Describe.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> lines =
        ChildJvm.run(
            Map.of(),
            List.of(
                "--enable-native-access=jcuda,jcublas,jcudnn",
                "--module-path",
                String.join(File.pathSeparator, places),
                "--patch-module",
                "org.adjoint.cuda=" + tests,
                "--module",
                "org.adjoint.cuda/" + Describe.class.getName(),
                "cuda"));
    switch (new CudaBackendProvider().availability()) {
      case Available a -> assertEquals(a.description().split(",")[0], lines.getLast());
      case Unavailable u -> assertEquals(u.cause(), lines.getLast());
    }
  }
}
