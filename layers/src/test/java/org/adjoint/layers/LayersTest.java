package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Each layer against loops written here. */
class LayersTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F64, 7);

  private Variable input(int seed, int... dims) {
    int size = 1;
    for (int d : dims) {
      size *= d;
    }
    return Variable.of(Tensor.of(device, Recorded.signed(seed, size), dims));
  }

  @Test
  void linear() {
    Linear layer = new Linear(setup, 3, 2);
    Variable x = input(1, 4, 3);
    Tensor w = layer.weight().value();
    Tensor b = Objects.requireNonNull(layer.bias()).value();
    Tensor y = layer.forward(x).value();
    for (int n = 0; n < 4; n++) {
      for (int o = 0; o < 2; o++) {
        double sum = b.get(o);
        for (int i = 0; i < 3; i++) {
          sum += x.value().get(n, i) * w.get(o, i);
        }
        assertEquals(sum, y.get(n, o), 1e-14);
      }
    }
    Linear plain = new Linear(setup, 3, 2, false);
    assertEquals(List.of("weight"), new ArrayList<>(plain.parameters().keySet()));
    assertEquals(
        0, plain.forward(Variable.of(Tensor.zeros(device, DType.F64, 1, 3))).value().get(0, 1));
    assertEquals("Linear(3, 2)", layer.toString());
    assertEquals("Linear(3, 2, no bias)", plain.toString());
  }

  @Test
  void convolution() {
    Conv2dSpec spec = new Conv2dSpec(2, 1, 1, 2, 2, 1, 2);
    Conv2d layer = new Conv2d(setup, 4, 6, 3, 2, spec, true);
    Tensor x = input(2, 2, 4, 7, 5).value();
    Tensor w = layer.weight().value();
    Tensor b = Objects.requireNonNull(layer.bias()).value();
    Tensor y = layer.forward(Variable.of(x)).value();
    assertArrayEquals(new int[] {2, 6, 3, 8}, y.shape().toArray());
    for (int n = 0; n < 2; n++) {
      for (int o = 0; o < 6; o++) {
        for (int i = 0; i < 3; i++) {
          for (int j = 0; j < 8; j++) {
            double sum = b.get(o);
            for (int c = 0; c < 2; c++) {
              for (int p = 0; p < 3; p++) {
                for (int q = 0; q < 2; q++) {
                  int h = 2 * i + 2 * p - 1;
                  int v = j + q - 2;
                  if (h >= 0 && h < 7 && v >= 0 && v < 5) {
                    sum += x.get(n, o / 3 * 2 + c, h, v) * w.get(o, c, p, q);
                  }
                }
              }
            }
            assertEquals(sum, y.get(n, o, i, j), 1e-13);
          }
        }
      }
    }
    assertEquals(
        "Conv2d(4, 6, 3x2, stride 2x1, padding 1x2, dilation 2x1, groups 2)", layer.toString());
    assertEquals(
        "Conv2d(1, 2, 3x3, no bias)",
        new Conv2d(setup, 1, 2, 3, 3, Conv2dSpec.DEFAULT, false).toString());
    assertEquals(1, new Conv2d(setup, 1, 2, 3, 3, Conv2dSpec.DEFAULT, false).parameters().size());
  }

  @Test
  void pooling() {
    Tensor x = input(3, 2, 3, 6, 6).value();
    Tensor max = new MaxPool2d(2).forward(Variable.of(x)).value();
    Tensor mean = new AvgPool2d(3).forward(Variable.of(x)).value();
    for (int n = 0; n < 2; n++) {
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 3; i++) {
          for (int j = 0; j < 3; j++) {
            double m = Double.NEGATIVE_INFINITY;
            for (int p = 0; p < 4; p++) {
              m = Math.max(m, x.get(n, c, 2 * i + p / 2, 2 * j + p % 2));
            }
            assertEquals(m, max.get(n, c, i, j));
          }
        }
        for (int i = 0; i < 4; i++) {
          double sum = 0;
          for (int p = 0; p < 9; p++) {
            sum += x.get(n, c, i / 2 * 3 + p / 3, i % 2 * 3 + p % 3);
          }
          assertEquals(sum / 9, mean.get(n, c, i / 2, i % 2), 1e-14);
        }
      }
    }
    assertEquals("MaxPool2d(2x2)", new MaxPool2d(2).toString());
    assertEquals(
        "AvgPool2d(3x2, stride 2x1, padding 1x0)",
        new AvgPool2d(new Pool2dSpec(3, 2, 2, 1, 1, 0)).toString());
  }

  @Test
  void batchNormInBothModes() {
    BatchNorm layer = new BatchNorm(setup, 3, 0.25, 1e-3);
    Recorded.write(new double[] {2, -1, 0.5}, layer.parameters().get("weight").value());
    Recorded.write(new double[] {1, 0, -2}, layer.parameters().get("bias").value());
    double[] gamma = {2, -1, 0.5};
    double[] beta = {1, 0, -2};
    Tensor x = input(4, 4, 3, 2, 2).value();
    Tensor y = layer.forward(Variable.of(x)).value();
    double[] running = layer.buffers().get("running_mean").toDoubleArray();
    double[] spread = layer.buffers().get("running_var").toDoubleArray();
    layer.eval();
    Tensor z = layer.forward(Variable.of(x)).value();
    assertArrayEquals(running, layer.buffers().get("running_mean").toDoubleArray());
    for (int c = 0; c < 3; c++) {
      double mean = 0;
      for (int i = 0; i < 16; i++) {
        mean += x.get(i / 4, c, i / 2 % 2, i % 2) / 16;
      }
      double squares = 0;
      for (int i = 0; i < 16; i++) {
        squares += Math.pow(x.get(i / 4, c, i / 2 % 2, i % 2) - mean, 2);
      }
      assertEquals(0.25 * mean, running[c], 1e-15);
      assertEquals(0.75 + 0.25 * squares / 15, spread[c], 1e-14);
      for (int i = 0; i < 16; i++) {
        int[] at = {i / 4, c, i / 2 % 2, i % 2};
        double d = (x.get(at) - mean) / Math.sqrt(squares / 16 + 1e-3);
        assertEquals(gamma[c] * d + beta[c], y.get(at), 1e-13);
        double e = (x.get(at) - running[c]) / Math.sqrt(spread[c] + 1e-3);
        assertEquals(gamma[c] * e + beta[c], z.get(at), 1e-13);
      }
    }
    assertEquals("BatchNorm(3)", layer.toString());
  }

  @Test
  void dropout() {
    Dropout layer = new Dropout(setup, 0.25);
    Variable x = Variable.parameter(Tensor.of(device, filled(10_000, 3), 100, 100));
    Variable y = layer.forward(x);
    double[] values = y.value().toDoubleArray();
    int kept = 0;
    for (double v : values) {
      assertTrue(v == 0 || Math.abs(v - 4) < 1e-12, "value " + v);
      kept += v == 0 ? 0 : 1;
    }
    // 7,500 expected, deviation 43.
    assertEquals(7500, kept, 200);
    y.sum().backward();
    double[] gradient = assertNotNullTensor(x.grad()).toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i] / 3, gradient[i], 1e-12);
    }
    double[] second = layer.forward(x).value().toDoubleArray();
    assertTrue(!java.util.Arrays.equals(values, second), "a new mask each time");
    layer.eval();
    assertSame(x, layer.forward(x));
    assertEquals("Dropout(0.25)", layer.toString());
    // Two layers of one setup drop different elements; equal setups drop the same.
    Setup a = Setup.of(device, DType.F64, 3);
    Setup b = Setup.of(device, DType.F64, 3);
    double[] first = new Dropout(a, 0.5).forward(x).value().toDoubleArray();
    assertTrue(
        !java.util.Arrays.equals(first, new Dropout(a, 0.5).forward(x).value().toDoubleArray()));
    assertArrayEquals(first, new Dropout(b, 0.5).forward(x).value().toDoubleArray());
    Dropout none = new Dropout(setup, 0);
    assertSame(x, none.forward(x));
  }

  /** As PyTorch does: zeros, and gradients of zero, in float32 and float64. */
  @Test
  void dropoutOfOneLeavesNothing() {
    for (DType dtype : List.of(DType.F32, DType.F64)) {
      Setup s = Setup.of(device, dtype, 3);
      Variable x = Variable.parameter(Tensor.result(device, dtype, Shape.of(2, 3, 4, 5)));
      Backends.kernels(device).elementwise().fill(7, x.value());
      for (Layer layer : List.of(new Dropout(s, 1), new ChannelDropout(s, 1))) {
        Variable y = layer.forward(x);
        assertArrayEquals(new double[120], y.value().toDoubleArray(), layer.toString());
        x.resetGrad();
        y.sum().backward();
        assertArrayEquals(new double[120], assertNotNullTensor(x.grad()).toDoubleArray());
        layer.eval();
        assertSame(x, layer.forward(x));
      }
    }
  }

  private static Tensor assertNotNullTensor(@org.jspecify.annotations.Nullable Tensor t) {
    assertNotNull(t);
    return t;
  }

  private static double[] filled(int n, double value) {
    double[] v = new double[n];
    java.util.Arrays.fill(v, value);
    return v;
  }

  private static double at(Activation f, double x) {
    return f.forward(Variable.of(Tensor.scalar(Backends.get("reference"), DType.F64, x))).item();
  }

  @Test
  void activations() {
    Variable x = Variable.of(Tensor.of(device, new double[] {-2, 0, 1.5}, 3));
    assertArrayEquals(
        new double[] {0, 0, 1.5}, Activation.relu().forward(x).value().toDoubleArray());
    assertArrayEquals(
        new double[] {-0.2, 0, 1.5},
        Activation.leakyRelu(0.1).forward(x).value().toDoubleArray(),
        1e-15);
    assertEquals(Math.tanh(1.5), Activation.tanh().forward(x).value().get(2), 1e-13);
    double s = 1 / (1 + Math.exp(-1.5));
    assertEquals(s, Activation.sigmoid().forward(x).value().get(2), 1e-13);
    assertEquals(1.5 * s, Activation.silu().forward(x).value().get(2), 1e-13);
    assertEquals(1.3997891, Activation.gelu().forward(x).value().get(2), 1e-7);
    assertEquals(Math.expm1(-1) / 2, at(Activation.elu(0.5), -1), 1e-13);
    assertEquals(Math.expm1(-2) / 2, at(Activation.celu(0.5), -1), 1e-13);
    assertEquals(1.0507009873554805, at(Activation.selu(), 1), 1e-13);
    assertEquals(6, at(Activation.relu6(), 7));
    assertEquals(0.8650983882673103, at(Activation.mish(), 1), 1e-13);
    assertEquals(Math.log(2), at(Activation.softplus(), 0), 1e-13);
    assertEquals(0.75, at(Activation.softsign(), 3));
    assertEquals(-Math.log(2), at(Activation.logSigmoid(), 0), 1e-13);
    assertEquals(2, at(Activation.hardTanh(-1, 2), 3));
    assertEquals(0.5, at(Activation.hardSigmoid(), 0));
    assertEquals(2.0 / 3, at(Activation.hardSwish(), 1), 1e-13);
    assertEquals("Activation(relu)", Activation.relu().toString());
    assertEquals("Activation(leaky_relu, 0.1)", Activation.leakyRelu(0.1).toString());
    assertEquals("Activation(clamp, -1.0, 1.0)", new Activation(UnaryOp.CLAMP, -1, 1).toString());
  }

  @Test
  void flattenAndSequential() {
    Sequential chain = new Sequential(new Flatten(), new Linear(setup, 12, 2), Activation.tanh());
    Variable x = input(5, 3, 2, 3, 2);
    assertArrayEquals(new int[] {3, 12}, chain.layers().get(0).forward(x).shape().toArray());
    Variable expected =
        chain.layers().get(2).forward(chain.layers().get(1).forward(x.reshape(3, 12)));
    assertArrayEquals(expected.value().toDoubleArray(), chain.forward(x).value().toDoubleArray());
    assertEquals("Flatten", chain.layers().get(0).toString());
    assertEquals("Sequential(3)", chain.toString());
  }

  @Test
  void inputsThatDoNotFitAreRefusedByName() {
    refused(
        ShapeException.class,
        () -> new Linear(setup, 3, 2).forward(input(1, 4, 5)),
        "linear",
        "[4, 5]");
    refused(
        ShapeException.class, () -> new Linear(setup, 3, 2).forward(input(1, 3)), "linear", "[3]");
    refused(
        ShapeException.class,
        () -> new Conv2d(setup, 3, 2, 3).forward(input(1, 1, 2, 5, 5)),
        "conv2d",
        "[1, 2, 5, 5]");
    refused(
        ShapeException.class,
        () -> new Conv2d(setup, 1, 2, 5).forward(input(1, 1, 1, 3, 3)),
        "conv2d",
        "pad");
    refused(
        ShapeException.class,
        () -> new MaxPool2d(4).forward(input(1, 1, 1, 3, 3)),
        "max_pool2d",
        "4x4");
    refused(
        ShapeException.class,
        () -> new AvgPool2d(2).forward(input(1, 3, 3)),
        "avg_pool2d",
        "[3, 3]");
    refused(
        ShapeException.class,
        () -> new BatchNorm(setup, 3).forward(input(1, 2, 4)),
        "batch_norm",
        "[2, 4]");
    refused(
        ShapeException.class,
        () -> new BatchNorm(setup, 3).forward(input(1, 1, 3)),
        "batch_norm",
        "eval()");
  }

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    refused(ArgumentException.class, () -> new Linear(setup, 0, 2), "linear", "inputs", "0");
    refused(ArgumentException.class, () -> new Linear(setup, 1, -2), "outputs", "-2");
    refused(ArgumentException.class, () -> new Conv2d(setup, 1, 1, 0), "conv2d", "kernelH", "0");
    refused(ArgumentException.class, () -> new Conv2d(setup, 1, 1, 3, -1), "padding", "-1");
    refused(
        ArgumentException.class,
        () -> new Conv2d(setup, 3, 4, 1, 1, Conv2dSpec.of(1, 0, 1, 2), true),
        "groups",
        "2");
    refused(ArgumentException.class, () -> new MaxPool2d(0), "kernel", "0");
    refused(ArgumentException.class, () -> new Dropout(setup, 1.5), "probability", "1.5");
    refused(ArgumentException.class, () -> new Dropout(setup, Double.NaN), "NaN");
    refused(ArgumentException.class, () -> new BatchNorm(setup, 0), "channels");
    refused(ArgumentException.class, () -> new BatchNorm(setup, 1, 1.5, 1e-5), "momentum", "1.5");
    refused(ArgumentException.class, () -> new BatchNorm(setup, 1, 0.1, 0), "epsilon");
    refused(DTypeException.class, () -> Setup.of(device, DType.I32, 1), "setup", "int32");
  }

  static void refused(
      Class<? extends AdjointException> type,
      org.junit.jupiter.api.function.Executable call,
      String... inMessage) {
    AdjointException e = assertThrows(type, call);
    for (String part : inMessage) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    }
  }
}
