package org.adjoint.kernels;

import java.util.List;

/** Walks over {@link Expr} trees: counting, substituting, and the checks of its records. */
final class ExprChecks {
  private ExprChecks() {}

  static void index(String what, int index) {
    if (index < 0) {
      throw new IllegalArgumentException(
          "Expr: " + what + " number " + index + " is negative; operands and parameters count from 0");
    }
  }

  static int operandCount(Expr e) {
    return switch (e) {
      case Expr.Operand o -> o.index() + 1;
      case Expr.Parameter _, Expr.Constant _ -> 0;
      case Expr.Unary u -> operandCount(u.x());
      case Expr.Binary b -> Math.max(operandCount(b.a()), operandCount(b.b()));
      case Expr.Fma f ->
          Math.max(operandCount(f.a()), Math.max(operandCount(f.b()), operandCount(f.c())));
      case Expr.Select s ->
          Math.max(
              operandCount(s.condition()),
              Math.max(operandCount(s.whenTrue()), operandCount(s.whenFalse())));
    };
  }

  static int parameterCount(Expr e) {
    return switch (e) {
      case Expr.Parameter p -> p.index() + 1;
      case Expr.Operand _, Expr.Constant _ -> 0;
      case Expr.Unary u -> parameterCount(u.x());
      case Expr.Binary b -> Math.max(parameterCount(b.a()), parameterCount(b.b()));
      case Expr.Fma f ->
          Math.max(parameterCount(f.a()), Math.max(parameterCount(f.b()), parameterCount(f.c())));
      case Expr.Select s ->
          Math.max(
              parameterCount(s.condition()),
              Math.max(parameterCount(s.whenTrue()), parameterCount(s.whenFalse())));
    };
  }

  static Expr substitute(Expr e, List<Expr> by) {
    return switch (e) {
      case Expr.Operand o -> {
        if (o.index() >= by.size()) {
          throw new IllegalArgumentException(
              "Expr.substitute: operand " + o.index() + " has no replacement among " + by.size());
        }
        yield by.get(o.index());
      }
      case Expr.Parameter _, Expr.Constant _ -> e;
      case Expr.Unary u -> new Expr.Unary(u.function(), substitute(u.x(), by));
      case Expr.Binary b ->
          new Expr.Binary(b.operator(), substitute(b.a(), by), substitute(b.b(), by));
      case Expr.Fma f ->
          new Expr.Fma(substitute(f.a(), by), substitute(f.b(), by), substitute(f.c(), by));
      case Expr.Select s ->
          new Expr.Select(
              substitute(s.condition(), by),
              substitute(s.whenTrue(), by),
              substitute(s.whenFalse(), by));
    };
  }
}
