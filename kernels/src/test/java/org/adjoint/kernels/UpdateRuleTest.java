package org.adjoint.kernels;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.Test;

class UpdateRuleTest {
  private static final Expr SPEED = fma(parameter(1), operand(2), operand(1));

  private static UpdateRule momentum(String name) {
    return new UpdateRule(
        name, List.of("velocity"), List.of("−η", "μ"), fma(parameter(0), SPEED, operand(0)), SPEED);
  }

  @Test
  void aRuleSaysWhatItDoes() {
    UpdateRule rule = momentum("momentum");
    assertEquals("momentum", rule.toString());
    assertEquals(3, rule.tensors());
    assertEquals(List.of("velocity"), rule.states());
    assertEquals(
        "velocity ← fma(μ, velocity, g); p ← fma(−η, fma(μ, velocity, g), p)", rule.text());
  }

  @Test
  void equalFormulasAreEqualRules() {
    UpdateRule rule = momentum("momentum");
    assertEquals(rule, momentum("momentum"));
    assertEquals(rule.hashCode(), momentum("momentum").hashCode());
    assertNotEquals(rule, momentum("other"));
    assertNotEquals(rule, UpdateRules.sgd(1).rule());
    assertNotEquals(rule, (Object) "momentum");
    UpdateRule renamed =
        new UpdateRule(
            "momentum", List.of("v"), rule.numbers(), rule.results().toArray(Expr[]::new));
    assertNotEquals(rule, renamed);
  }

  @Test
  void formulasWithoutNamesAreRefused() {
    assertThrows(
        ArgumentException.class, () -> new UpdateRule("r", List.of("v"), List.of(), operand(0)));
    assertThrows(
        ArgumentException.class, () -> new UpdateRule("r", List.of(), List.of(), operand(2)));
    assertThrows(
        ArgumentException.class, () -> new UpdateRule("r", List.of(), List.of(), parameter(0)));
  }

  @Test
  void numbersFitTheRule() {
    UpdateRule rule = momentum("momentum");
    assertEquals(2, new UpdateStep(rule, -0.1, 0.9).numbers().length);
    ArgumentException few = assertThrows(ArgumentException.class, () -> new UpdateStep(rule, 1));
    assertEquals("numbers", few.argument());
    ArgumentException bad =
        assertThrows(ArgumentException.class, () -> new UpdateStep(rule, 1, Double.NaN));
    assertEquals("μ", bad.argument());
  }
}
