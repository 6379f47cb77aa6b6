package org.adjoint.autograd.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class CheckerTest {
  private static final Backend CPU = Backends.get("reference");

  /** y = factor · x with a gradient that says {@code slope}. */
  private record Scaled(double factor, double slope) implements Op.Differentiable {
    @Override
    public String name() {
      return "scaled";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Vjp.like(inputs[0]);
      kernels.elementwise().map(Expr.x().times(Expr.constant(factor)), new double[0], y, inputs[0]);
      return y;
    }

    @Override
    public Variable[] vjp(Vjp v) {
      return new Variable[] {v.dy().mul(slope)};
    }
  }

  private static OpCase.Builder scaled() {
    return OpCase.of("scaled", "y = c x", "dx = c dy").input("x", Values.between(1, 2), 2, 3);
  }

  private static Checker over(OpCase... cases) {
    return new Checker(Catalogue.of(List.of(cases)), CPU, List.of(CPU));
  }

  @Test
  void aRightOpGivesRowsThatAreOk() {
    List<Comparison> seen = new ArrayList<>();
    Checker checker =
        over(scaled().applying(in -> Graph.apply(new Scaled(3, 3), in[0]))).listen(seen::add);
    List<CheckRow> rows = checker.run();
    Set<String> checks = new HashSet<>();
    for (CheckRow row : rows) {
      checks.add(row.check() + " " + row.dtype());
      assertTrue(row.ok(), row.json());
      assertEquals("reference", row.device());
      if (row.check().equals("faults")) {
        // sign, factor, element and order, in the op and in what its second order is made of
        assertTrue(row.cases() >= 4);
        continue;
      }
      assertEquals("scaled", row.op());
      assertEquals(1, row.cases());
      assertTrue(row.kernel().startsWith("Reference"), row.kernel());
    }
    assertEquals(
        Set.of(
            "gradient float64",
            "gradient2 float64",
            "value float32",
            "vjp float32",
            "faults float64"),
        checks);
    assertEquals(List.of(), checker.failures());
    // 12 slopes, 12 second slopes, 6 values, 6 gradients
    assertEquals(36, seen.size());
    assertTrue(seen.stream().allMatch(Comparison::ok));
    assertFalse(seen.getFirst().toString().contains("FAILED"));
  }

  @Test
  void aWrongGradientFailsItsRows() {
    Checker checker = over(scaled().applying(in -> Graph.apply(new Scaled(3, 2), in[0])));
    for (CheckRow row : checker.run()) {
      boolean gradient = row.check().equals("gradient");
      if (gradient) {
        assertFalse(row.ok());
        assertTrue(row.error() > row.bound());
      }
    }
    assertTrue(checker.failures().getFirst().contains("FAILED"));
  }

  @Test
  void anOpThatThrowsFailsItsRows() {
    Checker checker =
        over(
            scaled()
                .applying(
                    in -> {
                      throw new ArgumentException("scaled", "x", 1, "broken");
                    }));
    List<CheckRow> rows = checker.run();
    assertTrue(rows.size() >= 3);
    for (CheckRow row : rows) {
      assertFalse(row.ok());
      assertTrue(row.json().contains("1.7976931348623157E308"), row.json());
    }
    assertTrue(checker.failures().getFirst().contains("broken"));
    assertTrue(checker.failures().getLast().contains("faults could not be planted"));
  }

  @Test
  void aFaultThatIsNotFoundIsReported() {
    // dy carries weights of half and more; a factor of 1e-12 makes every gradient invisible.
    Checker checker = over(scaled().applying(in -> Graph.apply(new Scaled(1e-12, 1e-12), in[0])));
    CheckRow faults = checker.run().getLast();
    assertFalse(faults.ok());
    assertTrue(faults.error() > 0);
    assertTrue(
        checker.failures().stream()
            .anyMatch(f -> f.startsWith("a planted fault was not found: scaled")),
        checker.failures().toString());
  }

  @Test
  void aCaseThatShouldBeRecordedButIsNotFails() {
    Checker checker =
        over(scaled().recorded().applying(in -> Graph.apply(new Scaled(3, 3), in[0])));
    List<CheckRow> rows = checker.run();
    assertTrue(rows.stream().anyMatch(r -> r.check().equals("pytorch") && !r.ok()));
    assertTrue(checker.failures().getFirst().contains("record.py"));
  }

  @Test
  void aShapeThatDependsOnTheTypeFails() {
    Checker checker =
        over(
            scaled()
                .applying(in -> in[0].dtype() == DType.F32 ? in[0].slice(0, 0, 1) : in[0].mul(1)));
    assertTrue(checker.run().stream().anyMatch(r -> r.check().equals("value") && !r.ok()));
  }

  @Test
  void draws() {
    List<CheckRow> rows =
        new Checker(Catalogue.load(), CPU, List.of(CPU)).only(List.of("normal")).run();
    assertEquals(1, rows.size());
    assertEquals("value", rows.getFirst().check());
    assertTrue(rows.getFirst().ok());
  }

  @Test
  void unknownOpsAreRefused() {
    ArgumentException e =
        assertThrows(
            ArgumentException.class, () -> over(scaled().applying(in -> in[0])).only(List.of("x")));
    assertTrue(e.getMessage().contains("scaled"), e.getMessage());
    assertThrows(ArgumentException.class, () -> Explain.op(Catalogue.load(), "no_such_op", CPU));
  }

  @Test
  void jsonOfAnyName() {
    CheckRow row =
        new CheckRow("a\"b\\c\n", "value", "d", "float32", "k", 1, 0, 1, 0x1p-22, 0.5, true);
    assertEquals(
        "{\"op\": \"a\\\"b\\\\c\\u000a\", \"check\": \"value\", \"device\": \"d\", "
            + "\"dtype\": \"float32\", \"kernel\": \"k\", \"cases\": 1, "
            + "\"fallbacks\": 0, \"expected\": 1.0, \"error\": 2.384185791015625E-7, "
            + "\"ulps\": 2.0, \"relative\": 2.384185791015625E-7, "
            + "\"bound\": 0.5, \"ok\": true}",
        row.json());
    CheckRow zero = new CheckRow("zero", "value", "d", "float64", "k", 1, 0, 0, 1e-9, 1e-7, true);
    assertTrue(zero.json().contains("\"relative\": 1.7976931348623157E308"), zero.json());
  }

  @Test
  void explanations() {
    String relu = Explain.op(Catalogue.load(), "relu", CPU);
    assertTrue(relu.contains("f'(0) = 0"), relu);
    assertTrue(relu.contains("within their bounds"), relu);
    assertFalse(relu.contains("WRONG"), relu);
    String wrong =
        Explain.op(
            Catalogue.of(List.of(scaled().applying(in -> Graph.apply(new Scaled(3, 2), in[0])))),
            "scaled",
            CPU);
    assertTrue(wrong.contains("WRONG") && wrong.contains("NOT all"), wrong);
    assertTrue(Explain.op(Catalogue.load(), "eq", CPU).contains("none"));
  }

  @Test
  void sumsOverAbsoluteValues() {
    Expr x = Expr.x();
    Expr y = Expr.operand(1);
    double[] at = {3, -2};
    double[] none = {};
    assertEquals(5, AbsoluteSum.of(x.plus(y), at, none));
    assertEquals(5, AbsoluteSum.of(x.minus(y), at, none));
    assertEquals(6, AbsoluteSum.of(x.times(y), at, none));
    assertEquals(3, AbsoluteSum.of(x.over(y), at, none));
    assertEquals(8, AbsoluteSum.of(Expr.fma(x, y, y), at, none));
    assertEquals(3, AbsoluteSum.of(x.with(Expr.Operator.MAX, y), at, none));
    assertEquals(2, AbsoluteSum.of(x.with(Expr.Operator.MIN, y), at, none));
    assertEquals(1, AbsoluteSum.of(x.with(Expr.Operator.GT, y), at, none));
    assertEquals(2, AbsoluteSum.of(Expr.select(x.with(Expr.Operator.LT, y), x, y), at, none));
    assertEquals(2, AbsoluteSum.of(y.negated(), at, none));
    assertEquals(3, AbsoluteSum.of(Expr.apply(Expr.Function.FLOOR, x), at, none));
    assertEquals(4 * Math.exp(3), AbsoluteSum.of(Expr.apply(Expr.Function.EXP, x), at, none), 1e-9);
    double power = AbsoluteSum.of(x.with(Expr.Operator.POW, y), at, none);
    assertEquals((1 + 2 + 2 * Math.log(3)) / 9, power, 1e-12);
    assertEquals(3, AbsoluteSum.terms(Expr.fma(x, y, x.minus(y))));
    assertEquals(2, AbsoluteSum.terms(Expr.select(x, x.plus(y), y)));
  }
}
