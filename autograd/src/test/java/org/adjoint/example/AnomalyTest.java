package org.adjoint.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.AnomalyException;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.OpCase;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** NaN and infinity planted at every op, forwards and backwards. */
final class AnomalyTest {
  private static final Backend CPU = Backends.get("reference");
  private static final DType[] TYPES = {DType.F64, DType.F32};

  /** Overwrites an element. */
  private static Tensor plant(Tensor t, int at, double value) {
    double[] all = t.toDoubleArray();
    all[at] = value;
    Device device = t.device();
    int[] dims = t.shape().toArray();
    if (t.dtype() == DType.F64) {
      return Tensor.of(device, all, dims);
    }
    float[] narrow = new float[all.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) all[i];
    }
    return Tensor.of(device, narrow, dims);
  }

  /** An op whose result, or whose gradient by one operand, has one anomaly in it. */
  private record Planted(Op.Differentiable op, int operand, int at, double value)
      implements Op.Differentiable {
    @Override
    public String name() {
      return op.name();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = op.forward(kernels, inputs);
      return operand < 0 ? plant(y, at, value) : y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      @Nullable Variable[] parts = op.vjp(v).clone();
      Variable g = operand < 0 ? null : parts[operand];
      if (g != null) {
        parts[operand] = Variable.of(plant(g.value(), at, value));
      }
      return parts;
    }
  }

  /**
   * One node of every op that the graphs of the catalogue hold, those of gradients included, with a
   * result that is not empty.
   */
  private static Collection<Variable> everyOp(DType dtype) {
    Map<String, Variable> nodes = new LinkedHashMap<>();
    for (OpCase c : Catalogue.load().cases()) {
      if (c.isDifferentiable()) {
        Variable[] inputs = c.variables(CPU, dtype);
        Variable y = c.apply(inputs);
        collect(y, nodes);
        List<Variable> wanted =
            Arrays.stream(inputs).filter(v -> v.requiresGrad() && v.shape().size() > 0).toList();
        if (y.requiresGrad() && y.shape().size() > 0) {
          Variable dy = Variable.parameter(Tensor.of(CPU, ones(y), y.shape().toArray()));
          if (dtype == DType.F64) {
            Backprop.gradients(y, dy, wanted, true).forEach(g -> collect(g, nodes));
          }
        }
      }
    }
    assertTrue(nodes.size() > 100, nodes.size() + " ops");
    return nodes.values();
  }

  private static double[] ones(Variable y) {
    double[] all = new double[y.shape().size()];
    Arrays.fill(all, 1);
    return all;
  }

  /** The first node of each op, or the first that has more than two elements. */
  private static void collect(Variable root, Map<String, Variable> nodes) {
    Deque<Variable> left = new ArrayDeque<>(List.of(root));
    Set<Variable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    while (!left.isEmpty()) {
      Variable v = left.pop();
      if (seen.add(v) && v.op() instanceof Op.Differentiable op) {
        left.addAll(Arrays.asList(v.parents()));
        if (v.shape().size() > 0 && v.dtype().isFloating()) {
          nodes.merge(
              op.getClass().getName() + " " + op.name(),
              v,
              (old, now) -> old.shape().size() > 2 ? old : now);
        }
      }
    }
  }

  private static String index(Tensor t, int at) {
    int[] index = new int[t.rank()];
    int rest = at;
    for (int a = t.rank() - 1; a >= 0; a--) {
      index[a] = rest % t.dim(a);
      rest /= t.dim(a);
    }
    return Arrays.toString(index);
  }

  private static int here() {
    return StackWalker.getInstance().walk(s -> s.skip(1).findFirst().orElseThrow().getLineNumber());
  }

  private static void names(AnomalyException e, String op, String index, double value, int line) {
    assertEquals(op, e.op());
    assertEquals(index, e.index(), e.getMessage());
    assertEquals(String.valueOf(value), e.value(), e.getMessage());
    assertEquals(1, e.step(), e.getMessage());
    assertTrue(
        e.line().endsWith("(AnomalyTest.java:" + line + ")"),
        e.line() + " is not line " + line + " of " + op);
  }

  @Test
  void inTheResultOfEveryOp() {
    for (DType dtype : TYPES) {
      for (Variable y : everyOp(dtype)) {
        for (double value : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
          int at = Math.max(0, y.shape().size() - 2);
          Op.Differentiable op = (Op.Differentiable) y.op();
          Op planted = new Planted(op, -1, at, value);
          try (Anomaly _ = Anomaly.detect()) {
            int line = here() + 1;
            Runnable user = () -> Graph.apply(planted, y.parents());
            AnomalyException e = assertThrows(AnomalyException.class, user::run);
            names(e, planted.name(), index(y.value(), at), value, line);
            assertTrue(e.argument().startsWith("its result"), e.argument());
          }
        }
      }
    }
  }

  /** An op without a gradient whose result is not a number. */
  private record Broken() implements Op.NonDifferentiable {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return plant(inputs[0], 1, Double.NaN);
    }
  }

  @Test
  void inTheResultOfAnOpWithoutGradient() {
    Variable x = Variable.of(Tensor.of(CPU, new double[] {1, 2, 3}, 3));
    try (Anomaly _ = Anomaly.detect()) {
      int line = here() + 1;
      Runnable user = () -> Graph.apply(new Broken(), x);
      AnomalyException e = assertThrows(AnomalyException.class, user::run);
      names(e, "broken", "[1]", Double.NaN, line);
    }
  }

  @Test
  void inTheGradientByEveryOperandOfEveryOp() {
    for (DType dtype : TYPES) {
      for (Variable y : everyOp(dtype)) {
        for (int operand = 0; operand < y.parents().length; operand++) {
          Variable parent = y.parents()[operand];
          if (parent.requiresGrad()) {
            plantGradient(y, operand, Double.NaN);
            plantGradient(y, operand, Double.POSITIVE_INFINITY);
          }
        }
      }
    }
  }

  private static void plantGradient(Variable y, int operand, double value) {
    Op.Differentiable op = (Op.Differentiable) y.op();
    Op planted = new Planted(op, operand, 0, value);
    try (Anomaly _ = Anomaly.detect()) {
      int line = here() + 1;
      Variable z = Graph.apply(planted, y.parents());
      Variable loss = z.sum();
      AnomalyException e = assertThrows(AnomalyException.class, loss::backward);
      assertTrue(e.index().matches("\\[(0(, 0)*)?\\]"), e.index());
      names(e, planted.name(), e.index(), value, line);
      assertTrue(e.argument().startsWith("its gradient of operand " + operand), e.argument());
    }
  }

  @Test
  void aRealOneNamesTheLineOfTheForwardPass() {
    Variable x = Variable.parameter(Tensor.of(CPU, new double[] {1, 0, 4}, 3));
    try (Anomaly _ = Anomaly.detect()) {
      int line = here() + 1;
      Variable root = x.sqrt();
      Variable loss = root.sum();
      AnomalyException e = assertThrows(AnomalyException.class, loss::backward);
      names(e, "sqrt", "[1]", Double.POSITIVE_INFINITY, line);
      // Through recorded gradients too.
      AnomalyException second =
          assertThrows(
              AnomalyException.class, () -> Backprop.gradients(root.sum(), List.of(x), true));
      names(second, "sqrt", "[1]", Double.POSITIVE_INFINITY, line);
    }
  }

  @Test
  void stepsAreCountedInBackwardPasses() {
    Variable x = Variable.parameter(Tensor.of(CPU, new double[] {2}));
    try (Anomaly _ = Anomaly.detect()) {
      x.square().backward();
      x.square().backward();
      AnomalyException e = assertThrows(AnomalyException.class, () -> x.mul(-1).log());
      assertEquals(3, e.step());
      assertEquals("[]", e.index());
      try (Anomaly _ = Anomaly.detect()) {
        assertEquals(3, assertThrows(AnomalyException.class, () -> x.mul(-1).log()).step());
      }
      assertThrows(AnomalyException.class, () -> x.mul(-1).log());
    }
    assertTrue(Double.isNaN(x.mul(-1).log().item()));
  }

  @Test
  void graphsFromBeforeAnomalyModeHaveNoLine() {
    Variable x = Variable.parameter(Tensor.of(CPU, new double[] {0}));
    Variable y = x.sqrt();
    try (Anomaly _ = Anomaly.detect()) {
      AnomalyException e = assertThrows(AnomalyException.class, y::backward);
      assertTrue(e.line().startsWith("an unknown line"), e.line());
    }
  }

  @Test
  void viewsAndIntegersAreSearchedTheirOwnWay() {
    double[] values = {1, Double.NaN, 3, 4, 5, 6};
    Variable x = Variable.of(Tensor.of(CPU, values, 2, 3));
    try (Anomaly _ = Anomaly.detect()) {
      assertEquals("[1, 0]", assertThrows(AnomalyException.class, () -> x.transpose(0, 1)).index());
      // The rest of it is clean.
      assertEquals(3, x.slice(1, 2, 3).value().get(0, 0));
      Variable order = org.adjoint.autograd.ops.Reductions.argmax(x.slice(0, 1, 2), 1);
      assertEquals(2, order.item());
    }
  }
}
