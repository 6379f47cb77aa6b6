package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * NVIDIA's libraries through JCuda and through {@code java.lang.foreign}, upon ones written for
 * this test that look at their arguments and compute: the layouts, strides, factors and scratch
 * memory are those that a GPU will be given. Skipped where there is no C compiler.
 */
final class VendorLibrariesTest {
  private static final String TWELVE = "cublas12";
  private static final String THIRTEEN = "cublas13";
  private static final String DNN = "cudnn";

  @TempDir static Path folder;

  @BeforeAll
  static void compile() throws Exception {
    FakeLibraries.compile("fake_driver.c", folder, "libcuda.so.1");
    FakeLibraries.compile(
        "fake_cublas.c", folder.resolve(TWELVE), "libcublas.so.12", "-DVERSION=120601");
    FakeLibraries.compile(
        "fake_cublas.c", folder.resolve(THIRTEEN), "libcublas.so.13", "-DVERSION=130100");
    FakeLibraries.compile("fake_cudnn.c", folder.resolve(DNN), "libcudnn.so.9");
    for (String part : JcudaDnn.PARTS) {
      String name = "libcudnn_" + part + ".so.9";
      FakeLibraries.compile("fake_cublas.c", folder.resolve(DNN), name, "-DVERSION=1");
    }
  }

  /**
   * Runs a program with libraries.
   *
   * @param places those of the libraries besides the driver, then settings {@code NAME=VALUE} and
   *     options {@code -D…}
   */
  private static List<String> run(Class<?> program, String... places) throws Exception {
    List<String> folders = new ArrayList<>(List.of(folder.toString()));
    List<String> options =
        new ArrayList<>(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
    Map<String, String> environment = new HashMap<>();
    for (String place : places) {
      int equals = place.indexOf('=');
      if (place.startsWith("-D")) {
        options.add(place);
      } else if (equals > 0) {
        environment.put(place.substring(0, equals), place.substring(equals + 1));
      } else {
        folders.add(folder.resolve(place).toString());
      }
    }
    environment.put("LD_LIBRARY_PATH", String.join(":", folders));
    return ChildJvm.run(program, environment, options);
  }

  private static String library(String place, String name) {
    return folder.resolve(place).resolve(name).toString();
  }

  /** Prints what a GPU and the doctor say. */
  static final class Describe {
    private Describe() {}

    public static void main(String[] args) {
      System.out.println(Backends.get("cuda").description());
      Backends.provider("cuda").details().forEach(System.out::println);
    }
  }

  // ---- cuBLAS -------------------------------------------------------------------------------

  @Test
  void productsOfVersion12GoThroughJcublas() throws Exception {
    List<String> lines = run(FakeDriverTest.Products.class, TWELVE, "FAKE_LOG=1");
    assertEquals("16 products", lines.getLast());
    assertEquals(0, lines.stream().filter(l -> l.contains("differs")).count(), lines::toString);
    assertEquals(16, count(lines, "product 4 x 2 x 3, compute 68, beta 1"));
    lines = run(Describe.class, TWELVE);
    String found = library(TWELVE, "libcublas.so.12");
    assertTrue(lines.getFirst().endsWith(", cuBLAS 12.6.1 by JCublas2, " + found), lines::toString);
    assertEquals("cuBLAS 12.6.1 by JCublas2, " + found + " (LD_LIBRARY_PATH)", lines.get(1));
  }

  @Test
  void relinkedJcublasCallsVersion13() throws Exception {
    String relink = "-Dadjoint.cuda.relink=true";
    List<String> lines = run(FakeDriverTest.Products.class, THIRTEEN, relink);
    assertEquals("16 products", lines.getLast());
    assertEquals(0, lines.stream().filter(l -> l.contains("differs")).count(), lines::toString);
    String said = run(Describe.class, THIRTEEN, relink).getFirst();
    assertTrue(said.contains("cuBLAS 13.1.0 by JCublas2, "), said);
  }

  @Test
  void whatIsAskedForAndNotFoundIsSaid() throws Exception {
    String said = String.join("\n", run(Describe.class, "-Dadjoint.cuda.blas=foreign"));
    assertTrue(said.contains("-Dadjoint.cuda.blas is foreign, and no cuBLAS is found"), said);
    assertTrue(said.contains("-Dadjoint.cuda.libraries=FOLDER"), said);
  }

  @Test
  void jcublasAloneDoesNotCallVersion13() throws Exception {
    List<String> lines = run(Describe.class, THIRTEEN, "-Dadjoint.cuda.blas=jcublas");
    String said = String.join("\n", lines);
    assertTrue(said.contains("JCublas2 is for cuBLAS 12, and this is 13"), said);
    assertTrue(said.contains("-Dadjoint.cuda.relink=true"), said);
    assertFalse(said.contains("by JCublas2"), said);
  }

  @Test
  void precisionIsAnOption() throws Exception {
    for (String choice : List.of("tf32 77", "bf16 75")) {
      String[] words = choice.split(" ");
      List<String> lines =
          run(
              FakeDriverTest.Products.class,
              words[0].equals("tf32") ? TWELVE : THIRTEEN,
              "FAKE_LOG=1",
              "-Dadjoint.cuda.precision=" + words[0]);
      assertTrue(
          lines.contains("product 4 x 2 x 3, compute " + words[1] + ", beta 1"), lines::toString);
    }
  }

  /** The bias is put in place for 16 steps at once; each product is added to it. */
  @Test
  void aRecurrentNetworkIsTwoCallsAStep() throws Exception {
    List<String> lines = run(Gru.class, THIRTEEN, "FAKE_LOG=1");
    assertEquals(20, lines.stream().filter(l -> l.startsWith("launch gru_step_f32")).count());
    assertEquals(20, count(lines, "product 9 x 2 x 3, compute 68, beta 1"));
    // Of the bias twice, and of the initial state, which is dense, none.
    assertEquals(
        2, lines.stream().filter(l -> l.startsWith("launch copy")).count(), lines::toString);
    assertEquals(42, lines.size(), lines::toString);
  }

  private static long count(List<String> lines, String line) {
    return lines.stream().filter(line::equals).count();
  }

  /** Runs a GRU over 20 steps of 2 sequences. */
  static final class Gru {
    private Gru() {}

    public static void main(String[] args) {
      FakeDnn.attempt(
          gpu ->
              gpu.kernels()
                  .recurrent()
                  .recurrent(
                      new RecurrentSpec(RecurrentCell.GRU, false),
                      FakeDnn.numbers(gpu, 20, 2, 9),
                      FakeDnn.numbers(gpu, 1, 2, 3),
                      FakeDnn.numbers(gpu, 9, 3),
                      FakeDnn.numbers(gpu, 9),
                      null,
                      FakeDnn.numbers(gpu, 20, 2, 12),
                      FakeDnn.numbers(gpu, 21, 2, 3)));
    }
  }

  @Test
  void aProductThatFailsSaysWhatToDo() throws Exception {
    for (String place : List.of(TWELVE, THIRTEEN)) {
      List<String> lines = run(Failing.class, place, "FAKE_CUBLAS_RUN=13");
      assertTrue(
          lines
              .getFirst()
              .startsWith(
                  "cuda: cublasGemmStridedBatchedEx is status 13 (execution failed); a kernel"
                      + " failed"),
          lines::toString);
      assertTrue(lines.getFirst().contains("-Dadjoint.cuda.blas=ptx"), lines::toString);
    }
  }

  /** Prints what a product and a convolution that fail say. */
  static final class Failing {
    private Failing() {}

    public static void main(String[] args) {
      FakeDnn.attempt(FakeDnn::product);
      FakeDnn.attempt(gpu -> FakeDnn.convolution(gpu, FakeDnn.CASES.getFirst()));
    }
  }

  // ---- cuDNN --------------------------------------------------------------------------------

  @Test
  void convolutionsPoolsAndNormsAreThoseOfTheReference() throws Exception {
    List<String> lines = run(FakeDnn.class, DNN, "FAKE_LOG=1");
    String failed =
        lines.stream().filter(l -> l.contains(" differs")).collect(Collectors.joining("\n"));
    assertEquals("", failed);
    assertEquals(FakeDnn.CASES.size() + " convolutions, 6 pools, 3 norms", lines.getLast());
    // Nothing but the two small kernels before the gradient of a norm was launched.
    List<String> launched =
        lines.stream().filter(l -> l.startsWith("launch ")).map(l -> l.split(" ")[1]).toList();
    assertEquals(6, launched.size(), launched::toString);
    assertEquals(List.of("add_scalar_f32", "rsqrt_f32"), launched.subList(0, 2));
    // In plain float32, by products of matrices, each ranked best of those.
    for (String by : List.of("y by 1", "x by 1", "w by 1")) {
      assertTrue(lines.contains("convolution " + by + ", math 3"), by);
    }
    assertFalse(lines.stream().anyMatch(l -> l.contains("by 6") || l.contains("by 7")));
    lines = run(Describe.class, DNN);
    String found = library(DNN, "libcudnn.so.9");
    assertTrue(lines.getFirst().endsWith(", cuDNN 9.24.0 by JCudnn, " + found), lines::toString);
    assertEquals("cuDNN 9.24.0 by JCudnn, " + found + " (LD_LIBRARY_PATH)", lines.get(2));
  }

  @Test
  void algorithmsAndPrecisionAreOptions() throws Exception {
    List<String> any = run(One.class, DNN, "FAKE_LOG=1", "-Dadjoint.cuda.algorithms=any");
    assertEquals(
        List.of(
            "convolution y by 6, math 3",
            "convolution x by 0, math 3",
            "convolution w by 3, math 3",
            "done"),
        any);
    List<String> same =
        run(
            One.class,
            DNN,
            "FAKE_LOG=1",
            "-Dadjoint.cuda.algorithms=deterministic",
            "-Dadjoint.cuda.precision=tf32");
    assertEquals(
        List.of(
            "convolution y by 6, math 0",
            "convolution x by 4, math 0",
            "convolution w by 5, math 0",
            "done"),
        same);
    List<String> none = run(One.class, DNN, "FAKE_LOG=1", "-Dadjoint.cuda.dnn=ptx");
    assertEquals(
        List.of("conv2d_f32", "conv2d_input_gradient_f32", "conv2d_weight_gradient_f32"),
        none.stream().filter(l -> l.startsWith("launch")).map(l -> l.split(" ")[1]).toList());
  }

  /** Convolves once in each direction. */
  static final class One {
    private One() {}

    public static void main(String[] args) {
      FakeDnn.attempt(gpu -> FakeDnn.convolution(gpu, FakeDnn.CASES.getFirst()));
      System.out.println("done");
    }
  }

  /** What is refused is tried by the next algorithm, once, and then by PTX. */
  @Test
  void whatIsRefusedIsDoneAnotherWay() throws Exception {
    List<String> lines =
        run(Twice.class, DNN, "FAKE_LOG=1", "FAKE_CUDNN_RUN=3000", "FAKE_CUDNN_ALGORITHM=1");
    assertEquals(
        List.of(
            "convolution y by 1, math 3",
            "convolution y by 0, math 3",
            "convolution x by 1, math 3",
            "launch conv2d_input_gradient_f32",
            "convolution w by 1, math 3",
            "launch conv2d_weight_gradient_f32",
            "convolution y by 0, math 3",
            "launch conv2d_input_gradient_f32",
            "launch conv2d_weight_gradient_f32"),
        lines.stream()
            .map(l -> l.startsWith("launch") ? l.replaceAll("_f32 .*", "_f32") : l)
            .toList());
  }

  /** Convolves twice in each direction. */
  static final class Twice {
    private Twice() {}

    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        FakeDnn.attempt(gpu -> FakeDnn.convolution(gpu, FakeDnn.CASES.getFirst()));
      }
    }
  }

  /** Windows that end behind the padding, for which the library has no form. */
  @Test
  void poolsThatAreRoundedUpAreOurs() throws Exception {
    List<String> lines = run(RoundedUp.class, DNN);
    assertEquals(
        List.of("avg_pool_f32", "avg_pool_gradient_f32"),
        lines.stream().map(l -> l.split(" ")[1]).toList());
  }

  /** Pools in each direction. */
  static final class RoundedUp {
    private RoundedUp() {}

    public static void main(String[] args) {
      FakeDnn.attempt(gpu -> FakeDnn.pool(gpu, Pool2dSpec.of(3, 2).roundedUp()));
    }
  }

  /** Algorithm 1 wants scratch memory; without any the next is taken. */
  @Test
  void whatHasNoRoomIsDoneAnotherWay() throws Exception {
    List<String> lines = run(Full.class, DNN, THIRTEEN, "FAKE_LOG=1");
    assertEquals("convolution y by 0, math 3", lines.getFirst());
    String said = String.join("\n", lines);
    assertTrue(said.contains("(32.0 MiB); the limit is 1.0 MiB"), said);
    assertTrue(lines.getLast().startsWith("launch gemm_4_registers_f32 "), said);
  }

  /** Convolves and multiplies in little memory. */
  static final class Full {
    private Full() {}

    public static void main(String[] args) {
      FakeDnn.attempt(
          gpu -> {
            ((CudaDevice) gpu).limit(1 << 20);
            FakeDnn.convolution(gpu, FakeDnn.CASES.getFirst());
            FakeDnn.product(gpu);
          });
    }
  }

  @Test
  void aConvolutionThatFailsSaysWhatToDo() throws Exception {
    List<String> lines = run(Failing.class, DNN, "FAKE_CUDNN_RUN=5000");
    assertTrue(
        lines
            .getLast()
            .startsWith(
                "cuda: cudnnConvolutionForward is status 5000 (FAKE_FAILED); a kernel failed"),
        lines::toString);
    assertTrue(lines.getLast().contains("-Dadjoint.cuda.dnn=ptx"), lines::toString);
  }

  /** While a graph is captured calls go to the queue of the capture, then to the device's again. */
  @Test
  void librariesWorkInTheQueueOfACapture() throws Exception {
    for (String blas : List.of(TWELVE, THIRTEEN)) {
      List<String> lines = run(Captured.class, blas, DNN, "FAKE_QUEUES=1");
      String own = lines.getFirst().split(" ")[2];
      String captures = lines.get(2).split(" ")[2];
      assertNotEquals(own, captures);
      assertEquals(
          List.of(
              "products to " + own,
              "convolutions to " + own,
              "products to " + captures,
              "convolutions to " + captures,
              "products to " + own),
          lines);
    }
  }

  /** Rehearses, captures and launches a product and convolutions, and multiplies. */
  static final class Captured {
    private Captured() {}

    public static void main(String[] args) {
      FakeDnn.attempt(
          gpu -> {
            Tensor t = FakeDnn.numbers(gpu, 2, 2);
            Tensor x = FakeDnn.numbers(gpu, 1, 1, 2, 2);
            Tensor y = FakeDnn.numbers(gpu, 1, 1, 2, 2);
            Tensor w = FakeDnn.numbers(gpu, 1, 1, 1, 1);
            Tensor product = FakeDnn.numbers(gpu, 2, 2);
            Runnable calls =
                () -> {
                  gpu.kernels().matmul().matmul(t, false, t, false, null, product);
                  gpu.kernels().convolutions().conv2d(x, w, null, Conv2dSpec.DEFAULT, y);
                };
            try (DeviceGraph graph = gpu.graph().orElseThrow()) {
              graph.rehearse(calls);
              graph.capture(calls);
              graph.launch();
              gpu.kernels().matmul().matmul(t, false, t, false, null, product);
            }
          });
    }
  }

  @Test
  void aLibraryThatRefusesIsDoneWithout() throws Exception {
    String said = String.join("\n", run(Describe.class, DNN, "FAKE_CUDNN=1001"));
    assertTrue(said.contains("cudnnCreate is status 1001"), said);
    assertTrue(said.contains("all parts of cuDNN must lie in one folder"), said);
    assertTrue(said.contains("Fake GPU, compute capability 9.0"), said);
  }

  @Test
  void aLibraryThatLacksAFunctionIsDoneWithout() throws Exception {
    Path other = folder.resolve("lacking");
    FakeLibraries.compile("fake_cublas.c", other, "libcudnn.so.9", "-DVERSION=1");
    List<String> lines = run(Describe.class, "lacking");
    assertTrue(
        lines.getLast().contains("not usable: cuDNN is without cudnnCreate; install cuDNN 9"),
        lines::toString);
  }

  /** The real one would end the process. */
  @Test
  void aLibraryThatLacksAPartIsDoneWithout() throws Exception {
    FakeLibraries.compile("fake_cudnn.c", folder.resolve("alone"), "libcudnn.so.9");
    List<String> lines = run(Report.class, "alone");
    String part = library("alone", "libcudnn_graph.so.9");
    assertTrue(
        lines.getLast().contains("cuDNN is " + part + ", which does not load"), lines::toString);
  }

  @Test
  void aWrongOptionIsNamed() throws Exception {
    List<String> lines = run(Report.class, "-Dadjoint.cuda.dnn=fast");
    assertEquals("cuda: -Dadjoint.cuda.dnn is fast; it must be one of auto, ptx", lines.getLast());
  }

  /** Prints what the doctor says of the libraries. */
  static final class Report {
    private Report() {}

    public static void main(String[] args) {
      Backends.provider("cuda").details().forEach(System.out::println);
    }
  }
}
