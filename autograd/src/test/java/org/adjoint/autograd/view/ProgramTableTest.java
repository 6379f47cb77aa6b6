package org.adjoint.autograd.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraphTest;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.junit.jupiter.api.Test;

/** A program as text. */
class ProgramTableTest {
  @Test
  void everyCallHasALine() {
    ProgramGraph g = ProgramGraphTest.trainingStep();
    List<String> lines = ProgramTable.of(g).lines().toList();
    assertTrue(lines.getFirst().matches("call +phase +result +shape +flops.*"), lines.getFirst());
    for (ProgramGraph.Node n : g.nodes()) {
      String line =
          lines.stream().filter(l -> l.strip().startsWith(n.number() + " ")).findFirst().orElse("");
      assertTrue(line.contains(ProgramTable.phase(n.phase())), line);
      assertTrue(line.contains(n.recorded().getLast().op() + "("), line);
    }
    assertTrue(lines.get(1).contains("210"), lines.get(1));
    assertTrue(lines.get(1).contains("matmul(x, w)"), lines.get(1));
    assertTrue(lines.stream().anyMatch(l -> l.contains("joins ") && l.contains("tanh gradient")));
    for (Phase p : Phase.values()) {
      assertTrue(lines.stream().anyMatch(l -> l.startsWith(ProgramTable.phase(p) + " ")));
    }
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("saved for backward")));
    assertTrue(lines.stream().anyMatch(l -> l.matches("parameter +w +3×5 +60 B")));
    assertTrue(lines.stream().anyMatch(l -> l.matches("state +velocity.w +3×5 +60 B")));
    assertTrue(lines.stream().anyMatch(l -> l.contains("planned") && l.contains("in call")));
  }

  @Test
  void anInferenceSavesNothing() {
    Placeholder x = new Placeholder("x", Backends.get("reference"), DType.F32, 2);
    String text = ProgramTable.of(Program.capture(() -> x.variable().neg(), x).graph());
    assertTrue(text.contains("nothing is saved for backward"), text);
    assertTrue(text.contains("no parameters"), text);
    assertTrue(text.contains("neg(x)"), text);
  }

  @Test
  void numbersHaveThreeDigitsAndAPrefix() {
    assertEquals("0 B", Quantity.bytes(0));
    assertEquals("999 B", Quantity.bytes(999));
    assertEquals("1.00 kB", Quantity.bytes(1000));
    assertEquals("1.00 MB", Quantity.bytes(999_960));
    assertEquals("12.3 M", Quantity.flops(12_340_000));
    assertEquals("124 G", Quantity.flops(123_500_000_000L));
    assertEquals("7", Quantity.flops(7));
    assertEquals("0.25", Quantity.ratio(0.25));
    assertEquals("12.5", Quantity.ratio(12.5));
    assertEquals("125", Quantity.ratio(125));
    assertEquals("scalar", Quantity.shape(Shape.SCALAR));
    assertEquals("2×3", Quantity.shape(Shape.of(2, 3)));
  }
}
