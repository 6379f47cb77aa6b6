package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** How operands are rounded, and which. */
class PrecisionTest {
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  /** No number of fewer bits is nearer, and ties go where they should. */
  private static void isNearest(Precision precision, float x) {
    float r = precision.round(x);
    int dropped = 1 << precision.dropped();
    int bits = Float.floatToRawIntBits(r);
    assertEquals(0, bits & (dropped - 1), x + " has bits left");
    BigDecimal off = new BigDecimal(x).subtract(new BigDecimal(r)).abs();
    for (int next : new int[] {bits - dropped, bits + dropped}) {
      float other = Float.intBitsToFloat(next);
      if (Float.isFinite(other) && r != 0) {
        int nearer = new BigDecimal(x).subtract(new BigDecimal(other)).abs().compareTo(off);
        assertTrue(nearer >= 0, x + " is nearer to " + other + " than to " + r);
        if (nearer == 0) {
          boolean right =
              precision.tiesToEven() ? (bits & dropped) == 0 : Math.abs(r) > Math.abs(other);
          assertTrue(right, x + " lies between " + r + " and " + other);
        }
      }
    }
  }

  @Test
  void roundsToTheNearest() {
    SplittableRandom random = new SplittableRandom(1);
    for (Precision precision : new Precision[] {Precision.TF32, Precision.BF16}) {
      for (int i = 0; i < 2000; i++) {
        float x = (float) random.nextDouble(-4, 4);
        isNearest(precision, x);
        // Halfway between two.
        int bits = Float.floatToRawIntBits(x) & -(1 << precision.dropped());
        isNearest(precision, Float.intBitsToFloat(bits | 1 << precision.dropped() - 1));
      }
      for (float x : new float[] {0f, -0f, 1f, Float.POSITIVE_INFINITY, Float.NaN}) {
        assertEquals(Float.floatToIntBits(x), Float.floatToIntBits(precision.round(x)));
      }
      assertEquals(Float.POSITIVE_INFINITY, precision.round(Float.MAX_VALUE));
    }
    assertEquals(1.1f, Precision.FLOAT32.round(1.1f));
    assertEquals(1.1015625f, Precision.BF16.round(1.1f));
  }

  @Test
  void hasANameOrIsRefused() {
    for (Precision precision : Precision.values()) {
      assertSame(precision, Precision.named(precision.label()));
    }
    ArgumentException none = assertThrows(ArgumentException.class, () -> Precision.named("fp8"));
    assertTrue(none.getMessage().contains("float32, tf32, bf16"), none.getMessage());
  }

  private static double[] product(Backend device, DType dtype, Tensor a, Tensor b) {
    Tensor y = Tensor.zeros(device, dtype, a.dim(0), a.dim(1), b.dim(2));
    device.kernels().matmul().matmul(a, false, b, false, null, y);
    return y.toDoubleArray();
  }

  @Test
  void productsSeeRoundedOperands() {
    Backend mixed = REFERENCE.with(Precision.BF16);
    assertEquals("reference+bf16", mixed.name());
    assertEquals(
        "RoundedKernels$RoundedMatmul", mixed.kernels().implementation(Kernels.Family.MATMUL));
    float[] a = {1.1f, 2.3f, -3.7f, 0.1f};
    float[] b = {0.3f, 5.9f};
    double r0 = (double) Precision.BF16.round(1.1f) * Precision.BF16.round(0.3f);
    r0 += (double) Precision.BF16.round(2.3f) * Precision.BF16.round(5.9f);
    double[] y =
        product(mixed, DType.F32, Tensor.of(mixed, a, 1, 2, 2), Tensor.of(mixed, b, 1, 2, 1));
    assertEquals((float) r0, y[0]);
    // One matrix for two, and a matrix that lies in pieces.
    Tensor shared = Tensor.of(mixed, b, 1, 2, 1).expand(Shape.of(2, 2, 1));
    Tensor twice = Tensor.of(mixed, new float[] {1.1f, 2.3f, 9, 9, 1.1f, 2.3f, 9, 9}, 2, 2, 2);
    double[] both = product(mixed, DType.F32, twice.slice(1, 0, 1), shared);
    assertEquals((float) r0, both[0]);
    assertEquals((float) r0, both[1]);
    assertEquals(0, product(mixed, DType.F32, twice.slice(1, 0, 0), shared).length);
    double[] exact = {1.1, 2.3};
    double[] d =
        product(
            mixed, DType.F64, Tensor.of(mixed, exact, 1, 1, 2), Tensor.of(mixed, exact, 1, 2, 1));
    assertEquals(1.1 * 1.1 + 2.3 * 2.3, d[0], "float64 is not rounded");
  }

  private static float[] numbers(int n, Precision precision) {
    SplittableRandom random = new SplittableRandom(n);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = precision.round((float) random.nextDouble(-2, 2));
    }
    return v;
  }

  /** y, dx and dw of a convolution, from operands of a precision. */
  private static List<double[]> convolutions(Backend device, Precision precision) {
    ConvolutionKernels kernels = device.kernels().convolutions();
    Conv2dSpec spec = Conv2dSpec.of(1, 1, 1, 1);
    Tensor x = Tensor.of(device, numbers(2 * 3 * 16, precision), 2, 3, 4, 4);
    Tensor w = Tensor.of(device, numbers(5 * 3 * 9, precision), 5, 3, 3, 3);
    Tensor dy = Tensor.of(device, numbers(2 * 5 * 16, precision), 2, 5, 4, 4);
    Tensor y = Tensor.zeros(device, DType.F32, 2, 5, 4, 4);
    Tensor dx = Tensor.zeros(device, DType.F32, 2, 3, 4, 4);
    Tensor dw = Tensor.zeros(device, DType.F32, 5, 3, 3, 3);
    kernels.conv2d(x, w, null, spec, y);
    kernels.conv2dInputGradient(dy, w, spec, dx);
    kernels.conv2dWeightGradient(x, dy, spec, dw);
    return List.of(y.toDoubleArray(), dx.toDoubleArray(), dw.toDoubleArray());
  }

  @Test
  void convolutionsSeeRoundedOperands() {
    for (Precision precision : Precision.values()) {
      List<double[]> expected = convolutions(REFERENCE, precision);
      List<double[]> got = convolutions(REFERENCE.with(precision), Precision.FLOAT32);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), got.get(i), precision + ", result " + i);
      }
    }
  }

  @Test
  void float32IsAsItWas() {
    Backend same = REFERENCE.with(Precision.FLOAT32);
    assertFalse(same.unchecked() instanceof RoundedKernels);
  }
}
