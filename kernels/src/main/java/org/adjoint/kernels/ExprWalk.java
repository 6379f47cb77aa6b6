package org.adjoint.kernels;

import java.util.List;
import java.util.function.UnaryOperator;
import org.adjoint.tensor.ArgumentException;

/** Walks over {@link Expr} trees: counting, substituting, and the checks of its records. */
final class ExprWalk {
  private ExprWalk() {}

  static void index(String what, int index) {
    if (index < 0) {
      throw new ArgumentException(
          "Expr", what, index, "operands and parameters are numbered from 0");
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

  static boolean uses(Expr e, int operand) {
    return switch (e) {
      case Expr.Operand o -> o.index() == operand;
      case Expr.Parameter _, Expr.Constant _ -> false;
      case Expr.Unary u -> uses(u.x(), operand);
      case Expr.Binary b -> uses(b.a(), operand) || uses(b.b(), operand);
      case Expr.Fma f -> uses(f.a(), operand) || uses(f.b(), operand) || uses(f.c(), operand);
      case Expr.Select s ->
          uses(s.condition(), operand)
              || uses(s.whenTrue(), operand)
              || uses(s.whenFalse(), operand);
    };
  }

  static int steps(Expr e) {
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> 0;
      case Expr.Unary u -> 1 + steps(u.x());
      case Expr.Binary b -> 1 + steps(b.a()) + steps(b.b());
      case Expr.Fma f -> 1 + steps(f.a()) + steps(f.b()) + steps(f.c());
      case Expr.Select s -> 1 + steps(s.condition()) + steps(s.whenTrue()) + steps(s.whenFalse());
    };
  }

  static Expr substitute(Expr e, List<Expr> by) {
    return leaves(
        e,
        leaf -> {
          if (!(leaf instanceof Expr.Operand o)) {
            return leaf;
          }
          if (o.index() >= by.size()) {
            throw new ArgumentException(
                "Expr.substitute",
                "replacements",
                "a list of " + by.size(),
                "operand " + o.index() + " needs one");
          }
          return by.get(o.index());
        });
  }

  static Expr bind(Expr e, double... values) {
    return leaves(
        e,
        leaf -> {
          if (!(leaf instanceof Expr.Parameter p)) {
            return leaf;
          }
          if (p.index() >= values.length) {
            throw new ArgumentException(
                "Expr.bind", "values", values.length + " numbers", leaf + " needs one");
          }
          return Expr.constant(values[p.index()]);
        });
  }

  /** The expression with every operand, parameter and constant replaced. */
  private static Expr leaves(Expr e, UnaryOperator<Expr> by) {
    return switch (e) {
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ -> by.apply(e);
      case Expr.Unary u -> new Expr.Unary(u.function(), leaves(u.x(), by));
      case Expr.Binary b -> new Expr.Binary(b.operator(), leaves(b.a(), by), leaves(b.b(), by));
      case Expr.Fma f -> new Expr.Fma(leaves(f.a(), by), leaves(f.b(), by), leaves(f.c(), by));
      case Expr.Select s ->
          new Expr.Select(
              leaves(s.condition(), by), leaves(s.whenTrue(), by), leaves(s.whenFalse(), by));
    };
  }
}
