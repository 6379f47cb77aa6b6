package org.adjoint.autograd.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.adjoint.autograd.GradientException;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class GradCheckTest {
  private static final Backend CPU = Backends.get("reference");

  /** y = x², with a rule that is right, wrong, or right only when the graph is not recorded. */
  private record Square(double factor, double composedFactor) implements Op.Differentiable {
    @Override
    public String name() {
      return "my_square";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Vjp.like(inputs[0]);
      kernels.elementwise().binary(BinaryOp.MUL, inputs[0], inputs[0], y);
      return y;
    }

    @Override
    public Variable[] vjp(Vjp v) {
      double f = v.createGraph() ? composedFactor : factor;
      return new Variable[] {v.dy().mul(v.input(0)).mul(f)};
    }
  }

  private static Function<Variable[], Variable> square(double factor, double composed) {
    return in -> Graph.apply(new Square(factor, composed), in[0]);
  }

  private static Variable parameter(int... dims) {
    int n = Shape.of(dims).size();
    return Variable.parameter(Tensor.of(CPU, Values.between(1, 2).draw(1, n), dims));
  }

  @Test
  void aRightRulePasses() {
    Variable x = parameter(2, 3);
    double[] before = x.value().toDoubleArray();
    GradCheck.check("my_square", square(2, 2), x);
    GradReport first = GradCheck.first("my_square", square(2, 2), x);
    assertTrue(first.ok());
    assertSame(first, first.orThrow());
    // six elements by the fused and by the composed rule
    assertEquals(12, first.comparisons());
    assertEquals(12, GradCheck.second("my_square", square(2, 2), x).comparisons());
    assertTrue(first.error() <= first.bound());
    assertArrayEquals(before, x.value().toDoubleArray());
  }

  @Test
  void aWrongRuleIsNamedWithItsElement() {
    Variable x = parameter(2, 3);
    GradReport report = GradCheck.first("my_square", square(2.001, 2.001), x);
    assertFalse(report.ok());
    assertEquals(GradReport.KEPT, report.mismatches().size());
    GradReport.Mismatch m = report.mismatches().getFirst();
    assertEquals("my_square", m.op());
    assertEquals(0, m.argument());
    assertEquals("[0, 0]", m.index());
    assertEquals(1.0005, m.received() / m.expected(), 1e-6);
    assertTrue(m.toString().startsWith("my_square, argument 0 at [0, 0]: expected "));
    GradientException e = assertThrows(GradientException.class, report::orThrow);
    assertEquals("my_square", e.op());
    assertTrue(e.getMessage().contains("[0, 0]"), e.getMessage());
    assertThrows(
        GradientException.class, () -> GradCheck.check("my_square", square(2.001, 2.001), x));
  }

  @Test
  void aComposedRuleThatDiffersFromTheFusedOneIsFound() {
    Variable x = parameter(3);
    assertFalse(GradCheck.first("my_square", square(2, 2.001), x).ok());
    GradReport second = GradCheck.second("my_square", square(2, 2.001), x);
    assertFalse(second.ok());
    GradientException e = assertThrows(GradientException.class, second::orThrow);
    assertTrue(e.argument().startsWith("gradient of the gradient"), e.argument());
  }

  @Test
  void aSingleWrongElementIsEnough() {
    Variable x = parameter(1);
    GradReport report = GradCheck.first("my_square", square(3, 2), x);
    assertEquals(1, report.mismatches().size());
    assertFalse(
        assertThrows(GradientException.class, report::orThrow)
            .getMessage()
            .contains("other elements"));
  }

  @Test
  void notANumberFails() {
    Variable x = Variable.parameter(Tensor.of(CPU, new double[] {-1}, 1));
    GradReport report = GradCheck.first("log", in -> in[0].log(), x);
    assertFalse(report.ok());
  }

  @Test
  void largeOperandsAreCheckedAlongDirections() {
    Variable x = parameter(10, 20);
    GradReport good = GradCheck.first("my_square", square(2, 2), x);
    assertTrue(good.ok());
    assertEquals(8, good.comparisons());
    GradReport bad = GradCheck.first("my_square", square(2.001, 2), x);
    assertFalse(bad.ok());
    assertTrue(bad.mismatches().getFirst().index().startsWith("direction"));
  }

  @Test
  void viewsAndBroadcastViewsAreOperandsToo() {
    Variable view = Variable.parameter(parameter(4, 3).value().transpose(0, 1));
    GradCheck.check("my_square", square(2, 2), view);
    Tensor one = Tensor.of(CPU, new double[] {1.5}, 1, 1);
    Variable expanded = Variable.parameter(one.expand(Shape.of(2, 3)));
    GradCheck.check("my_square", square(2, 2), expanded);
  }

  @Test
  void constantsAreLeftAlone() {
    Variable x = parameter(3);
    Variable c = Variable.of(Tensor.of(CPU, new double[] {2, 3, 4}, 3));
    GradReport report = GradCheck.first("mul", in -> in[0].mul(in[1]), x, c);
    assertEquals(6, report.comparisons());
    assertTrue(GradCheck.second("mul", in -> in[0].mul(in[1]), x, c).ok());
  }

  @Test
  void slopesNeedFloat64() {
    Variable x = Variable.parameter(Tensor.of(CPU, new float[] {1}, 1));
    assertThrows(ArgumentException.class, () -> GradCheck.first("my_square", square(2, 2), x));
  }
}
