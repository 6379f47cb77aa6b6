package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * JCuda, its native library and {@link Cuda} upon a driver written for this test: what no GPU is
 * needed for. Skipped where there is no C compiler.
 */
final class FakeDriverTest {
  @TempDir static Path folder;

  @BeforeAll
  static void compile() throws Exception {
    FakeLibraries.compile("fake_driver.c", folder, "libcuda.so.1");
    FakeLibraries.compile("fake_cublas.c", folder, "libcublas.so.13", "-DVERSION=130100");
  }

  private static List<String> run(Class<?> program, String... settings) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("LD_LIBRARY_PATH", folder.toString());
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return ChildJvm.run(
        program, environment, List.of("--enable-native-access=ALL-UNNAMED", "-Xmx256m"));
  }

  @Test
  void copiesAndLaunchesReachTheDriver() throws Exception {
    List<String> lines = run(Work.class);
    assertEquals(
        List.of(
            "cuda:1: Fake GPU, compute capability 9.0, 132 multiprocessors, 1.0 GiB, driver for"
                + " CUDA 13.1, cuBLAS 13.1.0 by java.lang.foreign, "
                + folder.resolve("libcublas.so.13"),
            "copied",
            "filled [7.0, 7.0, 7.0]"),
        lines.subList(0, 3));
    // Two addresses of two words, 1 row, 3 columns, strides (any, 1), 0.5f and 2f.
    String launch = lines.get(3);
    assertTrue(
        launch.matches(
            "launch leaky_relu_f32 1,1,1 4,64,1 0:( [0-9a-f]+){4} 1 3 [0-9a-f]+ 1 3f000000"
                + " 40000000"),
        launch);
    assertEquals(
        List.of(
            "no entry nothing; the module unary.ptx has no entry of this name",
            "captured, 1.5 ms",
            "1024 MiB refused",
            "books balance true"),
        lines.subList(4, 8));
  }

  /** What {@link #copiesAndLaunchesReachTheDriver} runs. */
  static final class Work {
    private Work() {}

    public static void main(String[] args) {
      CudaBackend gpu = (CudaBackend) Backends.get("cuda:1");
      System.out.println(gpu.name() + ": " + gpu.description());
      float[] many = new float[3_000_001];
      for (int i = 0; i < many.length; i++) {
        many[i] = i;
      }
      Tensor t = Tensor.of(gpu, many, many.length);
      System.out.println(Arrays.equals(many, t.toFloatArray()) ? "copied" : "damaged");
      Tensor y = Tensor.zeros(gpu, DType.F32, 3);
      gpu.kernels().elementwise().fill(7, y);
      System.out.println("filled " + Arrays.toString(y.toFloatArray()));
      System.out.flush();
      gpu.kernels().elementwise().unary(UnaryOp.LEAKY_RELU, t.slice(0, 5, 8), 0.5, 2, y);
      gpu.synchronize();
      try {
        gpu.kernel("unary.ptx", "nothing");
      } catch (AdjointException e) {
        System.out.println("no entry " + e.value() + "; " + e.remedy());
      }
      CudaDriver.Stream stream = gpu.stream();
      CudaDriver.Event event = gpu.driver().event();
      stream.record(event);
      stream.await(event);
      event.synchronize();
      stream.beginCapture();
      try (CudaDriver.Graph graph = stream.endCapture()) {
        stream.launch(graph);
      }
      System.out.println("captured, " + event.millisecondsSince(event) + " ms");
      try {
        Tensor.owned(gpu, DType.F64, Shape.of(1 << 28));
      } catch (AdjointException e) {
        System.out.println((gpu.driver().info().bytes() >> 20) + " MiB refused");
      }
      gpu.trim();
      System.out.println("books balance " + gpu.books().balance());
    }
  }

  /** {@code cuda-ptx} does without the libraries that {@code cuda} finds. */
  @Test
  void handWrittenKernelsAloneAreADeviceOfTheirOwn() throws Exception {
    List<String> lines = run(Alone.class);
    assertEquals(List.of("cuda true", "cuda-ptx false", "cuda-ptx:1 false"), lines);
  }

  /** What {@link #handWrittenKernelsAloneAreADeviceOfTheirOwn} runs. */
  static final class Alone {
    private Alone() {}

    public static void main(String[] args) {
      for (String name : new String[] {"cuda", "cuda-ptx", "cuda-ptx:1"}) {
        Backend device = Backends.get(name);
        System.out.println(device.name() + " " + device.description().contains("cuBLAS"));
      }
    }
  }

  /** Attribute 8 is the most dynamic shared memory, without which a driver refuses the launch. */
  @Test
  void aLaunchWithMuchSharedMemoryAsksForIt() throws Exception {
    List<String> lines =
        run(Large.class).stream().map(l -> l.replaceFirst(":( [0-9a-f]+)+$", "")).toList();
    assertEquals(
        List.of(
            "launch pack_tiles_bf16 2,64,1 256,1,1 0",
            "launch pack_tiles_bf16 2,16,1 256,1,1 0",
            "gemm_11_bulk_bf16 may have 8, 196608",
            "launch gemm_11_bulk_bf16 1024,1,1 384,1,1 196608"),
        lines);
  }

  /** What {@link #aLaunchWithMuchSharedMemoryAsksForIt} runs. */
  static final class Large {
    private Large() {}

    public static void main(String[] args) {
      Backend gpu = Backends.get("cuda-ptx").with(Precision.BF16);
      Tensor a = Tensor.owned(gpu, DType.F32, Shape.of(8192, 100));
      Tensor b = Tensor.owned(gpu, DType.F32, Shape.of(100, 4096));
      Tensor y = Tensor.owned(gpu, DType.F32, Shape.of(8192, 4096));
      gpu.kernels().matmul().matmul(a, false, b, false, null, y);
    }
  }

  /** Products by a cuBLAS that computes, beside the reference's. */
  @Test
  void productsOfRowsGoToALibraryOfColumns() throws Exception {
    List<String> lines = run(Products.class);
    assertEquals(List.of("16 products"), lines.stream().filter(l -> !l.contains("copy")).toList());
  }

  /** What {@link #productsOfRowsGoToALibraryOfColumns} runs. */
  static final class Products {
    private Products() {}

    public static void main(String[] args) {
      Backend gpu = Backends.get("cuda");
      Backend reference = Backends.get("reference");
      int count = 0;
      for (int batch : new int[] {0, 1, 3, SHARED}) {
        for (int flags = 0; flags < 4; flags++) {
          boolean ta = (flags & 1) != 0;
          boolean tb = (flags & 2) != 0;
          float[] y = product(gpu, batch, ta, tb);
          if (!Arrays.equals(product(reference, batch, ta, tb), y)) {
            System.out.println(
                "batch " + batch + ", flags " + flags + " differs: " + Arrays.toString(y));
          }
          count++;
        }
      }
      System.out.println(count + " products");
    }

    /** A batch of three whose second factor is one and the same. */
    private static final int SHARED = -3;

    /** Whole numbers, so that the order of the sums is all the same; 0 for no batch. */
    private static float[] product(Backend on, int batch, boolean ta, boolean tb) {
      int count = Math.abs(batch);
      Tensor a = numbers(on, count, ta ? 3 : 2, ta ? 2 : 3);
      Tensor b = numbers(on, batch == SHARED ? 1 : count, tb ? 4 : 3, tb ? 3 : 4);
      Tensor bias = flat(on, 4);
      Tensor y = numbers(on, count, 2, 4);
      if (batch == SHARED) {
        b = b.expand(Shape.of(count, b.dim(1), b.dim(2)));
      }
      on.kernels().matmul().matmul(a, ta, b, tb, bias, y);
      return y.toFloatArray();
    }

    private static Tensor numbers(Backend on, int batch, int rows, int cols) {
      Tensor all = flat(on, Math.max(1, batch) * rows * cols);
      return batch == 0 ? all.reshape(rows, cols) : all.reshape(batch, rows, cols);
    }

    private static Tensor flat(Backend on, int n) {
      float[] v = new float[n];
      for (int i = 0; i < n; i++) {
        v[i] = i * 7 % 11 - 5;
      }
      return Tensor.of(on, v, n);
    }
  }

  @Test
  void aLibraryThatRefusesIsDoneWithout() throws Exception {
    List<String> lines = run(Work.class, "FAKE_CUBLAS", "1");
    String said = String.join(" ", lines);
    assertTrue(said.contains("cublasCreate is status 1 (not initialized)"), said);
    assertTrue(lines.contains("copied"), said);
  }

  @Test
  void aKernelThatFailsIsNamedByTheNextCall() throws Exception {
    List<String> lines = run(Failing.class, "FAKE_SYNC", "700");
    String message = lines.getLast();
    assertTrue(message.contains("CUDA_ERROR_ILLEGAL_ADDRESS"), message);
    assertTrue(message.contains("an illegal memory access was encountered"), message);
    assertTrue(message.contains("the last launches were neg_f32(0x"), message);
    assertTrue(message.contains("in grid (1, 1, 1) x block (4, 64, 1)"), message);
    assertTrue(message.contains("; before it exp_f32(0x"), message);
    assertTrue(message.contains("--device sim"), message);
  }

  /** What {@link #aKernelThatFailsIsNamedByTheNextCall} runs. */
  static final class Failing {
    private Failing() {}

    public static void main(String[] args) {
      CudaBackend gpu = (CudaBackend) Backends.get("cuda");
      Tensor y = Tensor.of(gpu, new float[] {1, 2, 3}, 3);
      gpu.kernels().elementwise().unary(UnaryOp.EXP, y, 0, 0, y);
      gpu.kernels().elementwise().unary(UnaryOp.NEG, y, 0, 0, y);
      try {
        gpu.synchronize();
      } catch (AdjointException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void aDriverThatDoesNotServeSaysWhy() throws Exception {
    String old = run(Ask.class, "FAKE_VERSION", "11010").getLast();
    assertEquals(
        "the NVIDIA driver is for CUDA 11.1; update it to 470 or later, which is for CUDA 11.4",
        old);
    String none = run(Ask.class, "FAKE_INIT", "100").getLast();
    assertTrue(none.startsWith("cuInit is CUDA_ERROR_NO_DEVICE"), none);
    assertTrue(none.contains("nvidia-smi"), none);
  }

  /** What {@link #aDriverThatDoesNotServeSaysWhy} runs. */
  static final class Ask {
    private Ask() {}

    public static void main(String[] args) {
      switch (new CudaBackendProvider().availability()) {
        case BackendProvider.Available a -> System.out.println(a.description());
        case BackendProvider.Unavailable u -> System.out.println(u.cause() + "; " + u.remedy());
      }
    }
  }
}
