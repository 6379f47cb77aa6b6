package org.adjoint.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Expr;

/** What a set of expressions has in common: each distinct part is computed once. */
final class ExprUses {
  private static final int CALL_STEPS = 16;

  private final Map<Expr, Integer> counts = new HashMap<>();
  private final List<Expr> invariants = new ArrayList<>();
  private int operandCount;
  private int steps;

  ExprUses(List<Expr> outputs) {
    for (Expr e : outputs) {
      visit(e);
    }
  }

  private void visit(Expr e) {
    if (counts.merge(e, 1, Integer::sum) > 1) {
      return;
    }
    switch (e) {
      case Expr.Operand o -> operandCount = Math.max(operandCount, o.index() + 1);
      case Expr.Parameter _, Expr.Constant _ -> invariants.add(e);
      case Expr.Unary u -> {
        steps += isCall(u.function()) ? CALL_STEPS : 1;
        visit(u.x());
      }
      case Expr.Binary b -> {
        steps += b.operator() == Expr.Operator.POW ? 4 * CALL_STEPS : 1;
        visit(b.a());
        visit(b.b());
      }
      case Expr.Fma f -> {
        steps++;
        visit(f.a());
        visit(f.b());
        visit(f.c());
      }
      case Expr.Select s -> {
        steps++;
        visit(s.condition());
        visit(s.whenTrue());
        visit(s.whenFalse());
      }
    }
  }

  private static boolean isCall(Expr.Function f) {
    return switch (f) {
      case NEG, ABS, SIGN, SQRT, FLOOR, CEIL, ROUND -> false;
      case EXP, EXPM1, LOG, LOG1P, SIN, COS, ATAN, TANH, SIGMOID, ERF, ERFC, ERFINV -> true;
    };
  }

  /** Whether a part is needed at more than one place. */
  boolean isShared(Expr e) {
    return counts.getOrDefault(e, 0) > 1;
  }

  /** Whether an operand occurs. */
  boolean uses(int operand) {
    return counts.containsKey(new Expr.Operand(operand));
  }

  /** One more than the highest operand number. */
  int operandCount() {
    return operandCount;
  }

  /** The parameters and constants, each once. */
  List<Expr> invariants() {
    return invariants;
  }

  /** Roughly how many instructions an element takes. */
  int steps() {
    return steps;
  }
}
