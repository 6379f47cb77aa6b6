package org.adjoint.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.DType;

/** A generated loop as text: what {@link LoopWriter} writes, in the manner of Java. */
final class LoopText {
  private final Expr f;
  private final DType type;
  private final long broadcast;
  private final int lanes;
  private final ExprUses uses;
  private final StringBuilder text = new StringBuilder();

  /** Parts that occur twice, and the operands that stand for them in the text. */
  private final Map<Expr, Expr> shared = new HashMap<>();

  private final List<Expr> parts = new ArrayList<>();

  /**
   * Creates the text.
   *
   * @param lanes elements of a vector, 1 for scalar code
   */
  private LoopText(Expr f, DType type, long broadcast, int lanes) {
    this.f = f;
    this.type = type;
    this.broadcast = broadcast;
    this.lanes = lanes;
    this.uses = new ExprUses(List.of(f));
  }

  static String of(Expr f, DType type, long broadcast, int lanes) {
    return new LoopText(f, type, broadcast, lanes).write();
  }

  private String write() {
    String java = type == DType.F64 ? "double" : "float";
    int unroll = lanes == 1 ? 1 : LoopWriter.unroll(uses);
    text.append("// y = ").append(f).append('\n');
    text.append("// ").append(type).append(", ");
    if (lanes == 1) {
      text.append("one element at a time");
    } else {
      text.append(lanes).append(" elements in a vector, ");
      text.append(unroll == 1 ? "1 vector" : unroll + " vectors").append(" a round");
    }
    text.append("; about ").append(uses.steps()).append(" instructions a vector\n");
    Expr result = named(f);
    if (lanes > 1) {
      text.append("// whole vectors\n");
      startRow(java);
      text.append("  int c = colFrom;\n");
      if (unroll > 1) {
        loop(result, lanes * unroll);
      }
      loop(result, lanes);
      text.append("}\n// what is left of the rows, by the same recipes\n");
    }
    startRow(java);
    text.append("  int c = colFrom;\n");
    loop(result, 1);
    return text.append("}\n").toString();
  }

  private void startRow(String java) {
    text.append("for (int r = rowFrom; r < rowTo; r++) {\n");
    text.append("  ").append(java).append("[] y = row r of the result");
    for (int i = 0; i < uses.operandCount(); i++) {
      if (uses.uses(i) && !isBroadcast(i)) {
        text.append(", x").append(i).append(" = row r of operand ").append(i);
      }
    }
    text.append(";\n");
    for (int i = 0; i < uses.operandCount(); i++) {
      if (uses.uses(i) && isBroadcast(i)) {
        text.append("  ").append(java).append(" x").append(i);
        text.append(" = the element of operand ").append(i).append(" for row r;\n");
      }
    }
  }

  private boolean isBroadcast(int operand) {
    return (broadcast >>> operand & 1) != 0;
  }

  private void loop(Expr result, int step) {
    text.append("  for (; c < colTo");
    text.append(step == 1 ? "; c++) {\n" : " - " + (step - 1) + "; c += " + step + ") {\n");
    String range = step == 1 ? "[c]" : "[c … c + " + (step - 1) + "]";
    List<String> names = new ArrayList<>();
    for (int i = 0; i < uses.operandCount(); i++) {
      names.add("x" + i + (isBroadcast(i) ? "" : range));
    }
    for (int i = 0; i < parts.size(); i++) {
      names.add("t" + i);
    }
    for (int i = 0; i < parts.size(); i++) {
      text.append("    t").append(i).append(" = ").append(parts.get(i).text(names, List.of()));
      text.append(";\n");
    }
    text.append("    y").append(range).append(" = ").append(result.text(names, List.of()));
    text.append(";\n  }\n");
  }

  /** The expression with its shared parts, and theirs, replaced by operands of a higher number. */
  private Expr named(Expr e) {
    Expr known = shared.get(e);
    if (known != null) {
      return known;
    }
    Expr renamed =
        switch (e) {
          case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> e;
          case Expr.Unary u -> new Expr.Unary(u.function(), named(u.x()));
          case Expr.Binary b -> new Expr.Binary(b.operator(), named(b.a()), named(b.b()));
          case Expr.Fma m -> new Expr.Fma(named(m.a()), named(m.b()), named(m.c()));
          case Expr.Select s ->
              new Expr.Select(named(s.condition()), named(s.whenTrue()), named(s.whenFalse()));
        };
    if (e.steps() == 0 || !uses.isShared(e)) {
      return renamed;
    }
    Expr name = Expr.operand(uses.operandCount() + parts.size());
    parts.add(renamed);
    shared.put(e, name);
    return name;
  }
}
