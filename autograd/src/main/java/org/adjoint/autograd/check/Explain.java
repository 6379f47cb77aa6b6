package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;

/** An op in words and numbers: formula, a case, and its gradient element by element. */
public final class Explain {
  private Explain() {}

  /**
   * Returns the explanation of an op.
   *
   * @throws ArgumentException if the catalogue does not have the op
   */
  public static String op(Catalogue catalogue, String op, Backend backend) {
    List<OpCase> cases = catalogue.byOp().get(op);
    if (cases == null) {
      throw new ArgumentException(
          "explain", "op", op, "known ops are " + String.join(", ", catalogue.byOp().keySet()));
    }
    OpCase c = typical(cases);
    StringBuilder s = new StringBuilder();
    s.append(op).append("\n  forward   ").append(c.formula());
    s.append("\n  backward  ").append(c.gradient());
    if (!c.note().isEmpty()) {
      s.append("\n  note      ").append(c.note());
    }
    s.append("\n  cases     ").append(cases.size());
    s.append("\n  one case  ").append(c.id()).append('\n');
    Variable[] inputs = c.variables(backend, DType.F64);
    for (int i = 0; i < inputs.length; i++) {
      s.append("\n").append(i).append(": ").append(c.inputs().get(i).name()).append(" = ");
      s.append(inputs[i]).append('\n');
    }
    Variable y = c.apply(inputs);
    s.append("\ny = ").append(y).append('\n');
    if (c.isDifferentiable()) {
      gradient(s, c, inputs, 1);
      gradient(s, c, inputs, 2);
    }
    return s.toString();
  }

  private static void gradient(StringBuilder s, OpCase c, Variable[] inputs, int order) {
    List<GradReport.Mismatch> log = new ArrayList<>();
    GradReport report = new GradCheck(c.op(), c::apply, inputs).run(order, null, log);
    s.append(
        String.format(
            Locale.ROOT,
            "%n%s%n%-10s %-14s %20s %20s %10s %10s%n",
            order == 1
                ? "gradient of L = sum(r * y), r fixed and random"
                : "gradient of sum(w * dx), the last operand is dy = r",
            "operand",
            "index",
            "analytic",
            "numeric",
            "error",
            "bound"));
    GradReport.Mismatch before = null;
    for (GradReport.Mismatch m : log) {
      if (m.equals(before)) {
        // The fused and the composed rule agree to the last bit.
        continue;
      }
      before = m;
      double error = Math.abs(m.received() - m.expected());
      double bound = GradCheck.ABSOLUTE + GradCheck.RELATIVE * Math.abs(m.expected());
      String name = m.argument() < c.inputs().size() ? c.inputs().get(m.argument()).name() : "dy";
      s.append(
          String.format(
              Locale.ROOT,
              "%-10s %-14s %20.12g %20.12g %10.2e %10.2e%s%n",
              name,
              m.index(),
              m.received(),
              m.expected(),
              error,
              bound,
              error <= bound ? "" : "  WRONG"));
    }
    s.append(report.ok() ? "all " : "NOT all ")
        .append(report.comparisons())
        .append(" within their bounds\n");
  }

  /** The case of the size nearest to a dozen elements, without special values. */
  private static OpCase typical(List<OpCase> cases) {
    OpCase best = cases.getFirst();
    int least = Integer.MAX_VALUE;
    for (OpCase c : cases) {
      int size = 0;
      for (Input input : c.inputs()) {
        size += input.shape().size();
      }
      int distance = Math.abs(size - 12) + (c.remark().isEmpty() ? 0 : 12);
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    return best;
  }
}
