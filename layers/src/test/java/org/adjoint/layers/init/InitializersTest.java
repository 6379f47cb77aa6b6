package org.adjoint.layers.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.layers.Conv1d;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Conv3d;
import org.adjoint.layers.ConvTranspose1d;
import org.adjoint.layers.ConvTranspose2d;
import org.adjoint.layers.ConvTranspose3d;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class InitializersTest {
  private static double[] draw(Initializer initializer, int fanIn, int fanOut) {
    Tensor t = Tensor.zeros(Backends.get("reference"), DType.F64, fanOut, fanIn);
    return initializer.fill(t, fanIn, fanOut, new RandomStream(11)).toDoubleArray();
  }

  /** Mean 0 and the given deviation, within five standard errors; a bound or none. */
  private static void check(double[] v, double deviation, double bound) {
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (double x : v) {
      sum += x;
      squares += x * x;
      largest = Math.max(largest, Math.abs(x));
    }
    double error = 5 / Math.sqrt(v.length);
    assertEquals(0, sum / v.length, deviation * error);
    assertEquals(deviation, Math.sqrt(squares / v.length), deviation * error);
    if (bound > 0) {
      assertTrue(largest <= bound && largest > 0.99 * bound, largest + " against " + bound);
    }
  }

  @Test
  void widths() {
    double xavier = Math.sqrt(2.0 / 300);
    check(draw(Initializers.xavierUniform(), 200, 100), xavier, Math.sqrt(6.0 / 300));
    check(draw(Initializers.xavierNormal(), 200, 100), xavier, 0);
    double he = Math.sqrt(2.0 / 200);
    check(draw(Initializers.kaimingUniform(), 200, 100), he, Math.sqrt(6.0 / 200));
    check(draw(Initializers.kaimingNormal(), 200, 100), he, 0);
    double torch = 1 / Math.sqrt(200);
    check(draw(Initializers.fanIn(), 200, 100), torch / Math.sqrt(3), torch);
    for (double v : draw(Initializers.constant(0.5), 2, 3)) {
      assertEquals(0.5, v);
    }
  }

  /** PyTorch's torch.nn.init._calculate_fan_in_and_fan_out of the same layers' weights. */
  @Test
  void fansOfGroupedConvolutions() {
    List<String> fans = new ArrayList<>();
    Initializer spy =
        (out, in, fanOut, random) -> {
          fans.add(out.shape() + " " + in + " " + fanOut);
          return out;
        };
    Setup setup = Setup.of(Backends.get("reference"), DType.F32, 3).weights(spy);
    var _ =
        List.of(
            new Conv1d(setup, 4, 6, 3, 1, 0, 1, 2, true),
            new Conv2d(setup, 4, 6, 3, 3, Conv2dSpec.of(1, 0, 1, 2), true),
            new Conv3d(setup, 4, 6, 3, 1, 0, 1, 2, true),
            new ConvTranspose1d(setup, 4, 6, 3, 1, 0, 0, 1, 2, true),
            new ConvTranspose2d(setup, 4, 6, 3, 1, 0, 0, 1, 2, true),
            new ConvTranspose3d(setup, 4, 6, 3, 1, 0, 0, 1, 2, true));
    List<String> expected =
        List.of(
            "[6, 2, 3] 6 18",
            "[6, 2, 3, 3] 18 54",
            "[6, 2, 3, 3, 3] 54 162",
            "[4, 3, 3] 9 12",
            "[4, 3, 3, 3] 27 36",
            "[4, 3, 3, 3, 3] 81 108");
    assertEquals(expected, fans);
  }

  @Test
  void setupsDecideHowLayersStart() {
    Setup plain = Setup.of(Backends.get("reference"), DType.F32, 3);
    Linear a = new Linear(plain, 100, 50);
    Linear b = new Linear(Setup.of(Backends.get("reference"), DType.F32, 3), 100, 50);
    assertArrayEquals(a.weight().value().toFloatArray(), b.weight().value().toFloatArray());
    double[] bias = a.parameters().get("bias").value().toDoubleArray();
    check(a.weight().value().toDoubleArray(), 0.1 / Math.sqrt(3), 0.1);
    for (double v : bias) {
      assertTrue(Math.abs(v) <= 0.1 && v != 0);
    }
    Linear xavier = new Linear(plain.weights(Initializers.xavierUniform()), 100, 50);
    check(xavier.weight().value().toDoubleArray(), Math.sqrt(2.0 / 150), Math.sqrt(6.0 / 150));
    for (double v : xavier.parameters().get("bias").value().toDoubleArray()) {
      assertEquals(0, v);
    }
  }
}
