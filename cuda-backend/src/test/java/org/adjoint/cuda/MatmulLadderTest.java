package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.cuda.MatmulLadder.Rung;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rung multiplies, and that each, from Java, keeps the bound of its precision. */
class MatmulLadderTest {
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  private static GpuInfo gpu(int capability) {
    return new GpuInfo("GPU", capability / 10, capability % 10, 132, 1L << 37, 13000);
  }

  @ParameterizedTest
  @CsvSource({
    "70, FLOAT32, 4096, 4096, 4096, AHEAD",
    "75, BF16, 4096, 4096, 4096, AHEAD",
    "75, TF32, 100, 100, 100, REGISTERS",
    "80, FLOAT32, 4096, 4096, 4096, WARP",
    "80, FLOAT32, 4096, 4096, 63, AHEAD",
    "90, FLOAT32, 512, 512, 4096, REGISTERS",
    "90, FLOAT32, 65536, 64, 4096, REGISTERS",
    "80, TF32, 4096, 4096, 4096, STAGES_TF32",
    "90, TF32, 4096, 4096, 4096, BULK_TF32",
    "90, TF32, 64, 4096, 4096, TF32",
    "80, BF16, 4096, 4096, 4096, STAGES",
    "90, BF16, 4096, 4096, 4096, BULK",
    "90, BF16, 4096, 128, 4096, STAGES",
    "90, BF16, 256, 1024, 1024, STAGES",
    "90, BF16, 4096, 127, 4096, BF16",
    "90, BF16, 4096, 4096, 63, BF16",
    "100, BF16, 4096, 4096, 4096, STAGES"
  })
  void choosesByGpuPrecisionAndSize(
      int capability, Precision precision, int m, int n, int k, Rung rung) {
    assertEquals(rung, MatmulLadder.choose(gpu(capability), precision, m, n, k, 1));
  }

  private static float[] numbers(long seed, int n) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = (float) random.nextDouble(-2, 2);
    }
    return v;
  }

  private static double[] exact(float[] v, boolean modulus) {
    double[] d = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      d[i] = modulus ? Math.abs(v[i]) : v[i];
    }
    return d;
  }

  /**
   * A product of rounded operands differs from the exact one by (1 + u)² − 1 of the moduli's sum S,
   * with u = 2⁻¹¹ for tf32 and 2⁻⁸ for bf16 (half a unit of 11 and of 8 significant bits, to
   * nearest), beside what float32 sums may.
   */
  private static double bound(Precision precision, double r, double s, int n) {
    double u = precision == Precision.FLOAT32 ? 0 : precision == Precision.TF32 ? 0x1p-11 : 0x1p-8;
    return (2 * u + u * u) * s + 0x1p-24 * (4 * Math.abs(r) + 4 * Math.sqrt(n) * s);
  }

  @ParameterizedTest
  @CsvSource({
    "70, FLOAT32",
    "70, TF32",
    "70, BF16",
    "80, FLOAT32",
    "80, TF32",
    "80, BF16",
    "90, FLOAT32",
    "90, TF32",
    "90, BF16"
  })
  void keepsTheBoundOfItsPrecision(int capability, Precision precision) {
    SimulatedDriver driver = new SimulatedDriver(SimulatedDriver.ofCapability(capability));
    Backend device = new CudaBackend("sim", driver).with(precision);
    assertEquals("sim+" + precision.label(), device.name());
    for (int flags = 0; flags < 4; flags++) {
      boolean ta = (flags & 1) != 0;
      boolean tb = (flags & 2) != 0;
      check(device, precision, 5, 7, 3, ta, tb);
      check(device, precision, 130, 260, 66, ta, tb);
    }
    check(device, precision, 129, 131, 65, true, false);
    check(device, precision, 40, 260, 64, false, true);
  }

  private static Tensor product(
      Backend device, float[] a, int[] aShape, boolean ta, float[] b, int[] bShape, boolean tb) {
    int m = aShape[ta ? 1 : 0];
    int n = bShape[tb ? 0 : 1];
    Tensor y = Tensor.zeros(device, DType.F32, m, n);
    Tensor left = Tensor.of(device, a, aShape);
    Tensor right = Tensor.of(device, b, bShape);
    Tensor bias = Tensor.of(device, numbers(3, n), n);
    device.kernels().matmul().matmul(left, ta, right, tb, bias, y);
    return y;
  }

  @Test
  void theRungsInFloat32HaveEqualBits() {
    float[] a = numbers(1, 140 * 70);
    float[] b = numbers(2, 70 * 260);
    int[] aShape = {140, 70};
    int[] bShape = {70, 260};
    float[][] y = new float[2][];
    for (int i = 0; i < 2; i++) {
      SimulatedDriver driver = new SimulatedDriver(SimulatedDriver.ofCapability(70 + 10 * i));
      Backend device = new CudaBackend("sim", driver);
      y[i] = product(device, a, aShape, false, b, bShape, false).toFloatArray();
    }
    assertArrayEquals(y[0], y[1]);
  }

  private static void check(
      Backend device, Precision precision, int m, int n, int k, boolean ta, boolean tb) {
    float[] a = numbers(1, m * k);
    float[] b = numbers(2, k * n);
    float[] bias = numbers(3, n);
    int[] aShape = ta ? new int[] {k, m} : new int[] {m, k};
    int[] bShape = tb ? new int[] {n, k} : new int[] {k, n};
    Tensor y = product(device, a, aShape, ta, b, bShape, tb);
    double[][] expected = new double[2][];
    for (int modulus = 0; modulus < 2; modulus++) {
      Tensor r = Tensor.zeros(REFERENCE, DType.F64, m, n);
      REFERENCE
          .kernels()
          .matmul()
          .matmul(
              Tensor.of(REFERENCE, exact(a, modulus == 1), aShape),
              ta,
              Tensor.of(REFERENCE, exact(b, modulus == 1), bShape),
              tb,
              Tensor.of(REFERENCE, exact(bias, modulus == 1), n),
              r);
      expected[modulus] = r.toDoubleArray();
    }
    double[] got = y.toDoubleArray();
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      double r = expected[0][i];
      double off = Math.abs(got[i] - r);
      assertTrue(
          off <= bound(precision, r, expected[1][i], k), precision + "[" + i + "]: " + got[i]);
      worst = Math.max(worst, off);
    }
    // It does round: no float32 product is so far off.
    assertEquals(precision != Precision.FLOAT32, worst > 1e-4, precision + " is off by " + worst);
  }

  @Test
  void convolutionsRoundTheirOperandsToo() {
    Conv2dSpec spec = Conv2dSpec.of(1, 1, 1, 1);
    CudaBackend plain = new CudaBackend("sim", new SimulatedDriver());
    for (Precision precision : Precision.values()) {
      Backend device = plain.with(precision);
      float[] x = numbers(1, 2 * 3 * 5 * 5);
      float[] w = numbers(2, 4 * 3 * 3 * 3);
      for (int i = 0; i < x.length; i++) {
        x[i] += 0x1p-12f;
      }
      float[] xRounded = x.clone();
      float[] wRounded = w.clone();
      for (float[] v : new float[][] {xRounded, wRounded}) {
        for (int i = 0; i < v.length; i++) {
          v[i] = precision.round(v[i]);
        }
      }
      Tensor y = Tensor.zeros(device, DType.F32, 2, 4, 5, 5);
      Tensor same = Tensor.zeros(plain, DType.F32, 2, 4, 5, 5);
      device
          .kernels()
          .convolutions()
          .conv2d(
              Tensor.of(device, x, 2, 3, 5, 5), Tensor.of(device, w, 4, 3, 3, 3), null, spec, y);
      plain
          .kernels()
          .convolutions()
          .conv2d(
              Tensor.of(plain, xRounded, 2, 3, 5, 5),
              Tensor.of(plain, wRounded, 4, 3, 3, 3),
              null,
              spec,
              same);
      double[] expected = same.toDoubleArray();
      double[] got = y.toDoubleArray();
      for (int i = 0; i < got.length; i++) {
        assertEquals(expected[i], got[i]);
      }
    }
  }

  /** Tiles of a recorded product are the graph's own: what others compute is not written over. */
  @Test
  void productsOfTilesReplay() {
    for (Precision precision : Precision.values()) {
      SimulatedDriver driver = new SimulatedDriver(SimulatedDriver.self(), false);
      CudaBackend device = (CudaBackend) new CudaBackend("sim", driver).with(precision);
      Tensor a = Tensor.of(device, numbers(1, 130 * 66), 130, 66);
      Tensor b = Tensor.of(device, numbers(2, 66 * 260), 66, 260);
      Tensor y = Tensor.zeros(device, DType.F32, 130, 260);
      Runnable product = () -> device.unchecked().matmul().matmul(a, false, b, false, null, y);
      product.run();
      float[] expected = y.toFloatArray();
      try (DeviceGraph graph = device.graph().orElseThrow();
          Scope _ = Scope.open()) {
        graph.rehearse(product);
        graph.capture(product);
        // Of the size of the tiles of a.
        Tensor other = Tensor.result(device, DType.I32, Shape.of(2 * 2 * 128 * 32));
        device.kernels().elementwise().fill(5, other);
        device.kernels().elementwise().fill(0, y);
        graph.launch();
        assertArrayEquals(expected, y.toFloatArray());
        assertTrue(Arrays.stream(other.toIntArray()).allMatch(i -> i == 5));
      }
    }
  }

  @Test
  void aTextForALaterGpuIsRefused() {
    SimulatedDriver volta = new SimulatedDriver(SimulatedDriver.ofCapability(70));
    SimulatedDriver blackwell = new SimulatedDriver(SimulatedDriver.ofCapability(100));
    volta.load(PtxSource.load("matmul.ptx"));
    blackwell.load(PtxSource.load("matmul_tensor.ptx"));
    DeviceException tensor =
        assertThrows(DeviceException.class, () -> volta.load(PtxSource.load("matmul_tensor.ptx")));
    assertTrue(tensor.getMessage().contains("7.0"), tensor.getMessage());
    assertThrows(DeviceException.class, () -> blackwell.load(PtxSource.load("matmul_bulk.ptx")));
    assertTrue(Backends.get("sim").description().contains("compute capability 9.0"));
    assertEquals(75, SimulatedDriver.ofCapability("7.5").capability());
    assertThrows(ArgumentException.class, () -> SimulatedDriver.ofCapability("new"));
  }
}
