package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.CPU;
import static org.adjoint.autograd.Fixtures.cube;
import static org.adjoint.autograd.Fixtures.grad;
import static org.adjoint.autograd.Fixtures.parameter;
import static org.adjoint.autograd.Fixtures.scalar;
import static org.adjoint.autograd.Fixtures.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class BackpropTest {
  @Test
  void aNodeUsedTwiceGetsBothGradients() {
    Variable a = scalar(3);
    Variable b = a.add(a);
    Variable c = b.add(b);
    c.backward();
    assertArrayEquals(new double[] {4}, grad(a));
  }

  @Test
  void diamondsOfAnyDepthAddUp() {
    Variable x = scalar(1);
    Variable y = x;
    for (int i = 0; i < 40; i++) {
      y = y.mul(0.5).add(y.mul(0.25));
    }
    y.backward();
    assertEquals(Math.pow(0.75, 40), grad(x)[0], 1e-18);
  }

  @Test
  void anOperandThatIsItsOwnPartner() {
    Variable w = parameter(2, -3);
    w.mul(w).sum().backward();
    assertArrayEquals(new double[] {4, -6}, grad(w));
  }

  @Test
  void aChainOfAHundredThousandNodes() {
    Variable x = scalar(1);
    Variable y = x;
    for (int i = 0; i < 100_000; i++) {
      y = y.add(1);
    }
    y.backward();
    assertArrayEquals(new double[] {1}, grad(x));
  }

  @Test
  void onlyLeavesKeepGradients() {
    Variable x = scalar(2);
    Variable y = x.square();
    Variable z = y.mul(3);
    z.backward();
    assertNull(y.grad());
    assertArrayEquals(new double[] {12}, grad(x));
  }

  @Test
  void constantsGetNone() {
    Variable x = scalar(2);
    Variable c = Variable.of(tensor(new double[] {5}));
    x.mul(c).backward();
    assertNull(c.grad());
    assertFalse(c.requiresGrad());
    assertArrayEquals(new double[] {5}, grad(x));
  }

  @Test
  void gradientsAccumulateUntilReset() {
    Variable x = scalar(3);
    x.square().backward();
    x.square().backward();
    assertArrayEquals(new double[] {12}, grad(x));
    x.resetGrad();
    assertNull(x.grad());
    x.resetGrad();
    x.square().backward();
    assertArrayEquals(new double[] {6}, grad(x));
  }

  @Test
  void leavesThatShareAGradientGetTheirOwnMemory() {
    Variable a = parameter(1, 2);
    Variable b = parameter(3, 4);
    a.add(b).sum().backward();
    Tensor ga = a.grad();
    Tensor gb = b.grad();
    assertNotNull(ga);
    assertNotNull(gb);
    assertTrue(ga.storage() != gb.storage());
    a.resetGrad();
    assertArrayEquals(new double[] {1, 1}, grad(b));
    b.mul(a).sum().backward();
    assertArrayEquals(new double[] {2, 3}, grad(b));
    assertArrayEquals(new double[] {3, 4}, grad(a));
  }

  @Test
  void aScalarLeafIsItsOwnGradient() {
    Variable x = scalar(7);
    x.backward();
    assertArrayEquals(new double[] {1}, grad(x));
  }

  @Test
  void aFreedGraphIsRefusedWithTheRemedy() {
    Variable x = scalar(2);
    Variable y = x.square();
    Variable z = y.mul(3);
    z.backward();
    assertTrue(z.isFreed());
    GradientException e = assertThrows(GradientException.class, z::backward);
    assertTrue(e.getMessage().contains("retainGraph"), e.getMessage());
    assertEquals("freed", e.value());
    GradientException through = assertThrows(GradientException.class, y.mul(2)::backward);
    assertEquals("backward", through.op());
    assertArrayEquals(new double[] {12}, grad(x));
  }

  @Test
  void aRetainedGraphCanBeUsedAgain() {
    Variable x = scalar(2);
    Variable z = x.square().mul(3);
    Backprop.backward(z, null, true);
    assertFalse(z.isFreed());
    z.backward();
    assertArrayEquals(new double[] {24}, grad(x));
  }

  @Test
  void aSeedReplacesTheScalar() {
    Variable x = parameter(1, 2, 3);
    Backprop.backward(x.square(), tensor(new double[] {1, 10, 100}, 3), false);
    assertArrayEquals(new double[] {2, 40, 600}, grad(x));
  }

  @Test
  void seedsAndRootsThatDoNotFit() {
    Variable x = parameter(1, 2, 3);
    Variable y = x.square();
    ShapeException tensorRoot = assertThrows(ShapeException.class, y::backward);
    assertTrue(tensorRoot.getMessage().contains("pass a seed"), tensorRoot.getMessage());
    assertThrows(ShapeException.class, () -> Backprop.backward(y, tensor(new double[2], 2), false));
    Tensor wrongType = Tensor.of(CPU, new float[3], 3);
    ShapeException e =
        assertThrows(ShapeException.class, () -> Backprop.backward(y, wrongType, false));
    assertTrue(e.getMessage().contains("float64[3]"), e.getMessage());
    assertThrows(
        ShapeException.class,
        () -> Backprop.gradients(y, Variable.of(tensor(new double[2], 2)), List.of(x), false));
  }

  @Test
  void withoutAGraphThereIsNothingToGoBackThrough() {
    Variable c = Variable.of(tensor(new double[] {1}));
    GradientException e = assertThrows(GradientException.class, c.mul(2)::backward);
    assertTrue(e.getMessage().contains("noGrad"), e.getMessage());
  }

  @Test
  void integersHaveNoGradient() {
    assertThrows(
        DTypeException.class, () -> Variable.parameter(Tensor.of(CPU, new int[] {1, 2}, 2)));
  }

  @Test
  void aNonDifferentiableOpIsNamed() {
    Variable x = parameter(1, 2, 3);
    Variable larger = Elementwise.binary(BinaryOp.GT, x, Variable.of(tensor(new double[] {2})));
    GradientException e = assertThrows(GradientException.class, larger.mul(x).sum()::backward);
    assertEquals("gt", e.op());
    assertTrue(e.getMessage().contains("detach"), e.getMessage());
    larger.detach().mul(x).sum().backward();
    assertArrayEquals(new double[] {0, 0, 1}, grad(x));
    Variable first = Reductions.argmax(x, 0);
    assertEquals(
        "argmax",
        assertThrows(GradientException.class, () -> Backprop.gradients(first, List.of(x), false))
            .op());
  }

  // ---- functional gradients -----------------------------------------------------------------

  @Test
  void functionalGradientsTouchNoGrad() {
    Variable x = parameter(1, 2);
    Variable y = parameter(3, 4);
    Variable unused = parameter(5, 6, 7);
    Variable product = x.mul(y);
    List<Variable> g = Backprop.gradients(product.sum(), List.of(x, product, unused, x), false);
    assertArrayEquals(new double[] {3, 4}, g.get(0).value().toDoubleArray());
    assertArrayEquals(new double[] {1, 1}, g.get(1).value().toDoubleArray());
    assertArrayEquals(new double[] {0, 0, 0}, g.get(2).value().toDoubleArray());
    assertArrayEquals(new double[] {3, 4}, g.get(3).value().toDoubleArray());
    assertNull(x.grad());
    assertFalse(g.get(0).requiresGrad());
  }

  @Test
  void theSecondAndThirdDerivative() {
    Variable x = scalar(2);
    Variable y = x.pow(4);
    Variable first = Backprop.gradients(y, List.of(x), true).getFirst();
    Variable second = Backprop.gradients(first, List.of(x), true).getFirst();
    Variable third = Backprop.gradients(second, List.of(x), true).getFirst();
    assertEquals(32, first.item(), 1e-12);
    assertEquals(48, second.item(), 1e-12);
    assertEquals(48, third.item(), 1e-12);
    third.backward();
    assertEquals(24, grad(x)[0], 1e-12);
  }

  @Test
  void aGradientPenaltyReachesTheParameters() {
    Variable w = parameter(1, -2);
    Variable x = parameter(3, 0.5);
    Variable y = w.mul(x).tanh().sum();
    Variable dx = Backprop.gradients(y, List.of(x), true).getFirst();
    dx.square().sum().backward();
    double[] expected = new double[2];
    for (int i = 0; i < 2; i++) {
      double wi = w.value().get(i);
      double xi = x.value().get(i);
      double t = Math.tanh(wi * xi);
      double s = 1 - t * t;
      expected[i] = 2 * wi * s * (s - 2 * wi * xi * t * s);
    }
    assertArrayEquals(expected, grad(w), 1e-12);
  }

  @Test
  void aSeedCanBeDifferentiatedToo() {
    Variable x = parameter(1, 2);
    Variable seed = Variable.parameter(tensor(new double[] {3, 5}, 2));
    Variable g = Backprop.gradients(x.square(), seed, List.of(x), true).getFirst();
    assertArrayEquals(new double[] {6, 20}, g.value().toDoubleArray());
    Variable h = Backprop.gradients(g.sum(), List.of(seed), false).getFirst();
    assertArrayEquals(new double[] {2, 4}, h.value().toDoubleArray());
  }

  // ---- hooks --------------------------------------------------------------------------------

  @Test
  void hooksSeeAndChangeCompleteGradients() {
    Variable x = scalar(3);
    Variable y = x.square();
    List<Double> seen = new ArrayList<>();
    y.onGradient(
        g -> {
          seen.add(g.item());
          return g.mul(10);
        });
    y.onGradient(
        g -> {
          seen.add(g.item());
          return g;
        });
    x.onGradient(g -> g.neg());
    y.add(y).backward();
    assertEquals(List.of(2.0, 20.0), seen);
    assertArrayEquals(new double[] {-120}, grad(x));
  }

  @Test
  void aHookMustKeepTheShape() {
    Variable x = parameter(1, 2);
    Variable y = x.square();
    y.onGradient(g -> g.sum());
    GradientException e = assertThrows(GradientException.class, y.sum()::backward);
    assertEquals("onGradient", e.op());
  }

  // ---- ops of users -------------------------------------------------------------------------

  @Test
  void anOpOfAUser() {
    Variable x = parameter(2, -1);
    cube(x).sum().backward();
    assertArrayEquals(new double[] {12, 3}, grad(x));
    Variable g = Backprop.gradients(cube(x).sum(), List.of(x), true).getFirst();
    Variable h = Backprop.gradients(g.sum(), List.of(x), false).getFirst();
    assertArrayEquals(new double[] {12, -6}, h.value().toDoubleArray());
  }

  /** Gives back whatever it is told to. */
  private record Wrong(Variable... parts) implements Op.Differentiable {
    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Vjp.like(inputs[0]);
      kernels.elementwise().copy(inputs[0], y);
      return y;
    }

    @Override
    public Variable[] vjp(Vjp v) {
      assertEquals(1, v.inputs().length);
      return parts;
    }
  }

  @Test
  void aRuleWithTheWrongNumberShapeOrTypeOfGradients() {
    Variable x = parameter(1, 2);
    GradientException none =
        assertThrows(GradientException.class, Graph.apply(new Wrong(), x).sum()::backward);
    assertTrue(none.getMessage().contains("one for each of its 1 inputs"), none.getMessage());
    Variable wide = Variable.of(tensor(new double[3], 3));
    GradientException shape =
        assertThrows(GradientException.class, Graph.apply(new Wrong(wide), x).sum()::backward);
    assertEquals("vjp of input 0", shape.argument());
    Variable narrow = Variable.of(Tensor.of(CPU, new float[2], 2));
    GradientException type =
        assertThrows(GradientException.class, Graph.apply(new Wrong(narrow), x).sum()::backward);
    assertTrue(type.value().startsWith("float32"), type.value());
  }

  // ---- scopes -------------------------------------------------------------------------------

  @Test
  void gradientsOfLeavesOutliveTheScope() {
    Variable w = parameter(1, 2, 3);
    try (Scope _ = Scope.open()) {
      w.square().sum().backward();
    }
    assertArrayEquals(new double[] {2, 4, 6}, grad(w));
    try (Scope _ = Scope.open()) {
      w.square().sum().backward();
    }
    assertArrayEquals(new double[] {4, 8, 12}, grad(w));
  }

  @Test
  void aStepInALoopTakesNoNewMemory() {
    Variable w = Variable.parameter(tensor(new double[200], 10, 20));
    Variable x = Variable.of(tensor(new double[160], 8, 20));
    long live = -1;
    long pooled = -1;
    for (int step = 0; step < 20; step++) {
      try (Scope _ = Scope.open()) {
        x.matmul(w.transpose(0, 1)).tanh().square().mean().backward();
      }
      w.resetGrad();
      if (step == 4) {
        live = CPU.memory().live();
        pooled = CPU.memory().pooled();
      }
    }
    assertEquals(live, CPU.memory().live());
    assertEquals(pooled, CPU.memory().pooled());
  }

  @Test
  void typesMustAgree() {
    Variable x = parameter(1, 2);
    Variable y = Variable.of(Tensor.of(CPU, new float[2], 2));
    DTypeException e = assertThrows(DTypeException.class, () -> x.add(y));
    assertEquals("add", e.op());
    assertEquals(DType.F64, x.dtype());
  }
}
