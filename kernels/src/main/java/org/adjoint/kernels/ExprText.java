package org.adjoint.kernels;

import java.util.List;
import java.util.Locale;

/** An {@link Expr} as a formula that can be read, with no more parentheses than needed. */
final class ExprText {
  private static final int COMPARE = 1;
  private static final int SUM = 2;
  private static final int PRODUCT = 3;
  private static final int ATOM = 4;

  private final List<String> operands;
  private final List<String> parameters;

  private ExprText(List<String> operands, List<String> parameters) {
    this.operands = operands;
    this.parameters = parameters;
  }

  static String of(Expr e) {
    return of(e, List.of(), List.of());
  }

  static String of(Expr e, List<String> operands, List<String> parameters) {
    return new ExprText(operands, parameters).text(e, 0);
  }

  private static String name(List<String> names, int index, String prefix) {
    return index < names.size() ? names.get(index) : prefix + index;
  }

  private static int level(Expr.Operator op) {
    return switch (op) {
      case ADD, SUB -> SUM;
      case MUL, DIV -> PRODUCT;
      case MAX, MIN, POW -> ATOM;
      case EQ, NE, LT, LE, GT, GE -> COMPARE;
    };
  }

  private static String number(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e9 ? Long.toString((long) v) : Double.toString(v);
  }

  /** The text of {@code e}, in parentheses if it binds weaker than {@code outer}. */
  private String text(Expr e, int outer) {
    return switch (e) {
      case Expr.Operand o -> name(operands, o.index(), "x");
      case Expr.Parameter p -> name(parameters, p.index(), "p");
      case Expr.Constant c ->
          c.value() < 0 && outer > 0 ? "(" + number(c.value()) + ")" : number(c.value());
      case Expr.Unary u when u.function() == Expr.Function.NEG ->
          outer > 0 ? "(-" + text(u.x(), ATOM) + ")" : "-" + text(u.x(), ATOM);
      case Expr.Unary u ->
          u.function().name().toLowerCase(Locale.ROOT) + "(" + text(u.x(), 0) + ")";
      case Expr.Binary b -> binary(b, outer);
      case Expr.Fma f ->
          "fma(" + text(f.a(), 0) + ", " + text(f.b(), 0) + ", " + text(f.c(), 0) + ")";
      case Expr.Select s ->
          "("
              + text(s.condition(), COMPARE)
              + " ? "
              + text(s.whenTrue(), COMPARE)
              + " : "
              + text(s.whenFalse(), COMPARE)
              + ")";
    };
  }

  private String binary(Expr.Binary b, int outer) {
    int level = level(b.operator());
    String symbol = b.operator().symbol();
    if (level == ATOM) {
      return symbol + "(" + text(b.a(), 0) + ", " + text(b.b(), 0) + ")";
    }
    // the right side of a - b and a / b needs parentheses at equal level, and floating-point sums
    // are not associative either
    String body = text(b.a(), level) + " " + symbol + " " + text(b.b(), level + 1);
    return level < outer || level == COMPARE && outer > 0 ? "(" + body + ")" : body;
  }
}
