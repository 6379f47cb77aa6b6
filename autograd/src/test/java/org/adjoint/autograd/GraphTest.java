package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.CPU;
import static org.adjoint.autograd.Fixtures.grad;
import static org.adjoint.autograd.Fixtures.parameter;
import static org.adjoint.autograd.Fixtures.scalar;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class GraphTest {
  @Test
  void noGradRecordsNothingAndEnds() {
    Variable x = scalar(2);
    try (Graph.NoGrad _ = Graph.noGrad()) {
      assertFalse(x.square().requiresGrad());
      try (Graph.NoGrad _ = Graph.noGrad()) {
        assertFalse(x.square().requiresGrad());
      }
      assertFalse(x.square().requiresGrad());
    }
    assertTrue(x.square().requiresGrad());
    boolean[] recorded = {true};
    Graph.noGrad(() -> recorded[0] = x.square().requiresGrad());
    assertFalse(recorded[0]);
    assertThrows(
        IllegalStateException.class,
        () ->
            Graph.noGrad(
                () -> {
                  throw new IllegalStateException("on the way");
                }));
    assertTrue(x.square().requiresGrad());
  }

  @Test
  void backwardRunsUnderNoGradToo() {
    Variable x = scalar(2);
    Variable y = x.square();
    Graph.noGrad(y::backward);
    assertArrayEquals(new double[] {4}, grad(x));
  }

  @Test
  void detachCutsTheGraph() {
    Variable x = scalar(3);
    Variable d = x.square().detach();
    assertFalse(d.requiresGrad());
    assertNull(d.op());
    assertEquals(0, d.parents().length);
    x.mul(d).backward();
    assertArrayEquals(new double[] {9}, grad(x));
  }

  @Test
  void aResultKnowsItsOpAndOperands() {
    Variable a = parameter(1, 2);
    Variable b = parameter(3, 4);
    Variable y = a.sub(b);
    Op op = y.op();
    assertTrue(op != null && op.name().equals("sub"));
    assertSame(a, y.parents()[0]);
    assertSame(b, y.parents()[1]);
    assertEquals("[-2. -2.]", y.toString());
  }

  @Test
  void devicesDoNotMix() {
    Variable here = parameter(1, 2);
    Variable there = Variable.of(Tensor.of(new ReferenceBackend(), new double[2], 2));
    DeviceException e = assertThrows(DeviceException.class, () -> here.add(there));
    assertEquals("add", e.op());
    assertEquals("operand 1", e.argument());
    assertTrue(e.getMessage().contains("Tensor.to"), e.getMessage());
  }

  @Test
  void theFluentMethodsAreTheOps() {
    Variable x = parameter(0.5, 2, 3);
    Variable y = Variable.of(Tensor.of(CPU, new double[] {2, 2, 2}, 3));
    check(x.add(y), v -> v + 2, x);
    check(x.add(1.5), v -> v + 1.5, x);
    check(x.sub(y), v -> v - 2, x);
    check(x.mul(y), v -> v * 2, x);
    check(x.mul(-3), v -> v * -3, x);
    check(x.div(y), v -> v / 2, x);
    check(x.neg(), v -> -v, x);
    check(x.pow(3), v -> v * v * v, x);
    check(x.exp(), Math::exp, x);
    check(x.log(), Math::log, x);
    check(x.sqrt(), Math::sqrt, x);
    check(x.square(), v -> v * v, x);
    check(x.tanh(), Math::tanh, x);
    check(x.sigmoid(), v -> 1 / (1 + Math.exp(-v)), x);
    check(x.sub(y).relu(), v -> Math.max(0, v - 2), x);
    assertEquals(5.5, x.sum().item());
    assertEquals(5.5 / 3, x.mean(0).item(), 1e-15);
    assertEquals(11, x.matmul(y).item());
    assertEquals(Shape.of(3, 1), x.reshape(-1, 1).shape());
    assertEquals(Shape.of(1, 3), x.reshape(-1, 1).transpose(0, 1).shape());
    assertEquals(Shape.of(1, 3), x.reshape(-1, 1).permute(1, 0).shape());
    assertArrayEquals(new double[] {2, 3}, x.slice(0, 1, 3).value().toDoubleArray());
  }

  private static void check(Variable y, java.util.function.DoubleUnaryOperator f, Variable x) {
    double[] expected = Arrays.stream(x.value().toDoubleArray()).map(f).toArray();
    assertArrayEquals(expected, y.value().toDoubleArray(), 1e-14);
  }

  @Test
  void randomStreamsContinueWhereTheyStopped() {
    RandomStream a = new RandomStream(7);
    Tensor first = a.uniform(Tensor.owned(CPU, DType.F32, Shape.of(5)), 0, 1);
    long saved = a.offset();
    Tensor second = a.normal(Tensor.owned(CPU, DType.F32, Shape.of(5)), 0, 1);
    assertEquals(7, a.seed());
    assertEquals(10, a.offset());
    RandomStream b = new RandomStream(7, saved);
    assertArrayEquals(
        second.toFloatArray(),
        b.normal(Tensor.owned(CPU, DType.F32, Shape.of(5)), 0, 1).toFloatArray());
    b.offset(0);
    assertArrayEquals(
        first.toFloatArray(),
        b.uniform(Tensor.owned(CPU, DType.F32, Shape.of(5)), 0, 1).toFloatArray());
    int[] order = b.permutation(CPU, 9).toIntArray();
    Arrays.sort(order);
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, order);
    float[] bits = b.bernoulli(Tensor.owned(CPU, DType.F32, Shape.of(50)), 0.5).toFloatArray();
    for (float bit : bits) {
      assertTrue(bit == 0 || bit == 1);
    }
  }
}
