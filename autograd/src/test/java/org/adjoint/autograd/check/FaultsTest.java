package org.adjoint.autograd.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Faults are planted everywhere: what each op's gradient looks like is found out here from the
 * graphs of all cases, node by node, without the code that plants.
 */
final class FaultsTest {
  private static final Backend CPU = Backends.get("reference");
  private static final Catalogue ALL = Catalogue.load();
  private static final Faults.Summary SUMMARY = Faults.run(ALL, CPU);

  /** Operands by which the derivative is 0: gradients of these are zero wherever there is one. */
  private static final Set<String> FLAT = flat();

  private final Set<String> operands = new TreeSet<>();
  private final Set<String> required = new TreeSet<>();

  private static Set<String> flat() {
    Set<String> all = new TreeSet<>();
    Expr zero = Expr.constant(0);
    for (UnaryOp op : UnaryOp.values()) {
      if (op.derivativeFromInputs().equals(zero)) {
        all.add(op.label() + " (Unary), operand 0");
      }
    }
    for (BinaryOp op : BinaryOp.values()) {
      for (int i = 0; i < 2 && op.isDifferentiable(); i++) {
        if (op.derivative(i).equals(zero)) {
          all.add(op.label() + " (Binary), operand " + i);
        }
      }
    }
    return all;
  }

  private FaultsTest() {
    for (OpCase c : ALL.cases()) {
      if (c.isDifferentiable()) {
        try (Scope _ = Scope.open()) {
          Variable[] inputs = c.variables(CPU, DType.F64);
          inspect(c.apply(inputs));
        }
      }
    }
  }

  private void inspect(Variable root) {
    for (Variable node : RunningSum.order(root)) {
      if (!(node.op() instanceof Op.Differentiable op)) {
        continue;
      }
      Variable[] parents = node.parents();
      for (int i = 0; i < parents.length; i++) {
        if (parents[i].requiresGrad()) {
          String name = op.name() + " (" + op.getClass().getSimpleName() + "), operand " + i;
          operands.add(name);
          inspect(name, node, parents, i);
        }
      }
    }
  }

  private void inspect(String name, Variable node, Variable[] parents, int i) {
    for (int k = 0; k < parents.length; k++) {
      if (k != i && parents[k] == parents[i]) {
        return; // the gradient of a tensor used twice is the sum of two
      }
    }
    Variable seed = Variable.of(GradCheck.projection(node));
    double[] g =
        Backprop.gradients(node, seed, List.of(parents[i]), false)
            .getFirst()
            .value()
            .toDoubleArray();
    Set<Double> different = new HashSet<>();
    boolean moves = false;
    for (double v : g) {
      different.add(v + 0.0);
      moves |= v != 0;
    }
    if (!moves) {
      return;
    }
    required.add(name + ", SIGN");
    required.add(name + ", SCALE");
    required.add(name + ", ZEROED");
    if (different.size() > 1) {
      required.add(name + ", SWAPPED");
    }
    boolean broadcasts = name.startsWith("where ") || name.startsWith("map ");
    for (BinaryOp op : BinaryOp.values()) {
      broadcasts |= name.startsWith(op.label() + " (Binary)");
    }
    if (broadcasts && g.length < node.shape().size()) {
      required.add(name + ", NOT_SUMMED");
    }
  }

  @Test
  void everyFaultIsPlantedInEveryOperandOfEveryOp() {
    Set<String> missing = new TreeSet<>(required);
    missing.removeAll(Set.copyOf(SUMMARY.effective()));
    assertEquals(Set.of(), missing);
    Set<String> flat = new TreeSet<>(operands);
    flat.removeIf(o -> required.contains(o + ", SIGN"));
    assertEquals(FLAT, flat);
    assertTrue(operands.size() > 60, operands.toString());
    assertTrue(required.stream().filter(r -> r.endsWith("SWAPPED")).count() > 55);
    assertTrue(required.stream().filter(r -> r.endsWith("NOT_SUMMED")).count() > 15);
  }

  @Test
  void allAreFound() {
    assertEquals(List.of(), SUMMARY.missed());
    assertEquals(SUMMARY.planted(), SUMMARY.found());
    assertTrue(SUMMARY.planted() > 2000, SUMMARY.planted() + " planted");
  }

  @Test
  void whatIsHarmlessChangesNoValue() {
    List<String> wrong = new ArrayList<>();
    for (String line : SUMMARY.harmless()) {
      String operand = line.substring(0, line.lastIndexOf(','));
      boolean inCatalogue = operands.contains(operand);
      if (inCatalogue && !FLAT.contains(operand) && !line.endsWith("NOT_SUMMED")) {
        wrong.add(line);
      }
      if (required.contains(line)) {
        wrong.add(line);
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void aFaultChangesWhatItSays() {
    double[] g = {1, 4, 2};
    Variable v = Variable.of(Tensor.of(CPU, g, 3));
    assertEquals("[-1. -4. -2.]", Fault.SIGN.apply(v, v.shape()).toString());
    assertEquals("[1. 0. 2.]", Fault.ZEROED.apply(v, v.shape()).toString());
    assertEquals("[4. 1. 2.]", Fault.SWAPPED.apply(v, v.shape()).toString());
    Variable scalar = Variable.of(Tensor.scalar(CPU, DType.F64, 0));
    assertEquals("1.0", Fault.NOT_SUMMED.apply(v, scalar.shape()).toString());
  }
}
