package org.adjoint.kernels;

/**
 * The meaning of an {@link Expr} at one element, by walking the tree: in double, which is the
 * reference for both types (float32 results are rounded once at the end), and in float, which is
 * what a float32 backend computes bit for bit.
 */
public final class ExprEvaluator {
  private ExprEvaluator() {}

  /**
   * The value in double arithmetic.
   *
   * @param e the expression
   * @param operands one element of each operand
   * @param parameters the scalar parameters
   */
  public static double evaluate(Expr e, double[] operands, double[] parameters) {
    return switch (e) {
      case Expr.Operand o -> operands[o.index()];
      case Expr.Parameter p -> parameters[p.index()];
      case Expr.Constant c -> c.value();
      case Expr.Unary u -> DoubleRecipes.apply(u.function(), evaluate(u.x(), operands, parameters));
      case Expr.Binary b ->
          DoubleRecipes.apply(
              b.operator(),
              evaluate(b.a(), operands, parameters),
              evaluate(b.b(), operands, parameters));
      case Expr.Fma f ->
          Math.fma(
              evaluate(f.a(), operands, parameters),
              evaluate(f.b(), operands, parameters),
              evaluate(f.c(), operands, parameters));
      case Expr.Select s ->
          evaluate(s.condition(), operands, parameters) != 0
              ? evaluate(s.whenTrue(), operands, parameters)
              : evaluate(s.whenFalse(), operands, parameters);
    };
  }

  /**
   * The value in float arithmetic by {@link Recipes}, every step rounded.
   *
   * @param e the expression
   * @param operands one element of each operand
   * @param parameters the scalar parameters, rounded to float
   */
  public static float evaluate(Expr e, float[] operands, float[] parameters) {
    return switch (e) {
      case Expr.Operand o -> operands[o.index()];
      case Expr.Parameter p -> parameters[p.index()];
      case Expr.Constant c -> (float) c.value();
      case Expr.Unary u -> Recipes.apply(u.function(), evaluate(u.x(), operands, parameters));
      case Expr.Binary b ->
          Recipes.apply(
              b.operator(),
              evaluate(b.a(), operands, parameters),
              evaluate(b.b(), operands, parameters));
      case Expr.Fma f ->
          Math.fma(
              evaluate(f.a(), operands, parameters),
              evaluate(f.b(), operands, parameters),
              evaluate(f.c(), operands, parameters));
      case Expr.Select s ->
          evaluate(s.condition(), operands, parameters) != 0
              ? evaluate(s.whenTrue(), operands, parameters)
              : evaluate(s.whenFalse(), operands, parameters);
    };
  }
}
