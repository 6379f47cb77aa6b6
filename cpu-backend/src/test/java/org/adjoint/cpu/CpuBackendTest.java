package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.BackendProvider.Available;
import org.adjoint.kernels.BackendProvider.Unavailable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
  @Test
  void isFoundByNameAndIsTheFastest() {
    Backend cpu = Backends.get("cpu");
    assertInstanceOf(CpuBackend.class, cpu);
    assertSame(cpu, Backends.fastest());
    assertSame(cpu, Backends.get("cpu"));
    assertEquals("cpu", cpu.name());
  }

  @Test
  void describesItself() {
    int before = Parallel.threads();
    try {
      Parallel.setThreads(1);
      String one = Backends.get("cpu").description();
      boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
      String means = vectors ? "Java Vector API, " : "scalar code (";
      assertTrue(one.startsWith("Java " + Runtime.version() + ", " + means), one);
      assertTrue(one.endsWith("), 1 thread"), one);
      Parallel.setThreads(3);
      Available available =
          assertInstanceOf(Available.class, new CpuBackendProvider().availability());
      assertTrue(available.description().endsWith(", 3 threads"), available.description());
    } finally {
      Parallel.setThreads(before);
    }
  }

  @Test
  void everyFamilyIsServedByAClassOfThisBackend() {
    Kernels kernels = Backends.get("cpu").kernels();
    for (Family family : Family.values()) {
      String name = kernels.implementation(family);
      assertTrue(name.startsWith("Cpu"), family + " is served by " + name);
    }
  }

  @Test
  void whatNeedsVectorsNamesTheFlag() {
    if (VectorModule.isUsable()) {
      assertEquals(256, Simd.width("256"));
      ArgumentException e = assertThrows(ArgumentException.class, () -> Simd.width("77"));
      assertEquals("77", e.value());
      assertTrue(FmaPeak.gflops(0.01) > 0);
    } else {
      ArgumentException e = assertThrows(ArgumentException.class, () -> FmaPeak.gflops(0.01));
      assertTrue(e.remedy().contains("--add-modules jdk.incubator.vector"), e.getMessage());
    }
  }

  /** A program that says whether the backend is there, and uses it. */
  static final class Describe {
    private Describe() {}

    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        BackendProvider provider = new CpuBackendProvider();
        switch (provider.availability()) {
          case Available a -> System.out.println("available: " + a.description());
          case Unavailable u -> System.out.println("unavailable: " + u.cause() + "; " + u.remedy());
        }
      }
      try {
        Backend cpu = Backends.get("cpu");
        Tensor y = Tensor.zeros(cpu, DType.F32, 2);
        cpu.kernels().softmax().softmax(Tensor.zeros(cpu, DType.F32, 2), y);
        System.out.println("softmax " + y);
      } catch (DeviceException e) {
        System.out.println(e);
      }
    }
  }
}
