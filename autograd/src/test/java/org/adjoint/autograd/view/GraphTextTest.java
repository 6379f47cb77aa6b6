package org.adjoint.autograd.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class GraphTextTest {
  private static final Backend CPU = Backends.get("reference");

  private static Variable parameter(double... values) {
    return Variable.parameter(Tensor.of(CPU, values, values.length));
  }

  @Test
  void textShowsShapesValuesAndGradients() {
    Variable w = parameter(1, 2);
    Variable c = Variable.of(Tensor.of(CPU, new double[] {3}));
    Variable loss = w.mul(w).mul(c).sum();
    Backprop.backward(loss, null, true);
    assertEquals(
        """
        %0 = parameter w [2] = [1.000, 2.000]  grad [6.000, 12.00]
        %1 = mul(%0, %0) [2] = [1.000, 4.000]
        %2 = constant [] = 3.000
        %3 = mul(%1, %2) [2] = [3.000, 12.00]
        %4 = sum(%3) [] = 15.00
        """,
        GraphText.text(loss, Map.of("w", w)));
  }

  @Test
  void gradientsOfIntermediateValuesAreShown() {
    Variable w = parameter(1, 2);
    Variable c = Variable.of(Tensor.of(CPU, new double[] {3}));
    Variable loss = w.square().mul(c).sum();
    Map<Variable, Tensor> gradients = GraphText.gradients(loss);
    Map<String, Variable> named = Map.of("w", w);
    String text =
        """
        %0 = parameter w [2] = [1.000, 2.000]  grad [6.000, 12.00]
        %1 = square(%0) [2] = [1.000, 4.000]  grad [3.000, 3.000]
        %2 = constant [] = 3.000
        %3 = mul(%1, %2) [2] = [3.000, 12.00]  grad [1.000, 1.000]
        %4 = sum(%3) [] = 15.00  grad 1.000
        """;
    assertEquals(text, GraphText.text(loss, named, gradients));
    String dot = GraphText.dot(loss, named, gradients);
    assertTrue(
        dot.contains(
            "n1 [shape=ellipse, label=\"square\\n[2]\\n[1.000, 4.000]\\ngrad [3.000, 3.000]\"];"),
        dot);
    assertTrue(dot.contains("15.00\\ngrad 1.000\"];"), dot);
    // Nothing was left on the parameter, and the graph is still there.
    assertNull(w.grad());
    loss.backward();
    assertTrue(String.valueOf(w.grad()).contains("6."), String.valueOf(w.grad()));
  }

  @Test
  void dotIsAGraph() {
    Variable w = parameter(1, 2, 3, 4, 5, 6, 7);
    Variable loss = w.mul(w).sum();
    Backprop.backward(loss, null, true);
    String dot = GraphText.dot(loss, Map.of("the \"weight\"", w));
    assertTrue(dot.startsWith("digraph {"), dot);
    assertTrue(
        dot.contains(
            "n0 [shape=box, label=\"parameter the \\\"weight\\\"\\n[7]\\n"
                + "[1.000, 2.000, 3.000, 4.000, 5.000, 6.000, ...]\\ngrad "),
        dot);
    assertTrue(dot.contains("n0 -> n1 [label=\"2x\"];"), dot);
    assertTrue(dot.contains("n1 -> n2;"), dot);
    assertTrue(dot.endsWith("}\n"), dot);
    assertEquals(dot.replace("the \\\"weight\\\"", "").length() - 1, GraphText.dot(loss).length());
  }

  @Test
  void freedGraphsAndReleasedValuesAreSaidToBe() {
    Variable w = parameter(1, 2);
    Variable loss;
    try (Scope _ = Scope.open()) {
      loss = w.square().sum();
      loss.backward();
      assertTrue(GraphText.text(loss).startsWith("%0 = freed [] = 5.000"), GraphText.text(loss));
    }
    assertTrue(GraphText.text(loss).contains("released"));
    assertFalse(GraphText.text(w).contains("released"));
  }

  @Test
  void longChainsDoNotOverflow() {
    Variable y = parameter(0);
    for (int i = 0; i < 20_000; i++) {
      y = y.add(1);
    }
    assertEquals(20_001, GraphText.text(y).lines().count());
  }
}
