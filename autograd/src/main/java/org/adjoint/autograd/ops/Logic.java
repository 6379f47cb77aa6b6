package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;

/**
 * Truth values of one tensor, 1 or 0 in its type, and numbers in the place of NaN. Of two tensors
 * they are constants of {@link BinaryOp}.
 */
public final class Logic {
  private static final Expr FINITE = finite();

  private Logic() {}

  private static Expr finite() {
    Expr x = Expr.x();
    Expr low =
        Expr.select(
            x.with(Operator.EQ, Expr.constant(Double.NEGATIVE_INFINITY)), Expr.parameter(2), x);
    Expr bounded =
        Expr.select(
            x.with(Operator.EQ, Expr.constant(Double.POSITIVE_INFINITY)), Expr.parameter(1), low);
    return Expr.select(x.with(Operator.NE, x), Expr.parameter(0), bounded);
  }

  /** Returns 1 where x is 0, else 0. Not differentiable. */
  public static Variable logicalNot(Variable x) {
    return compare(BinaryOp.EQ, x, 0);
  }

  /** Returns 1 where x is NaN, else 0. Not differentiable. */
  public static Variable isNan(Variable x) {
    return Elementwise.binary(BinaryOp.NE, x, x);
  }

  /** Returns 1 where x is ∞ or −∞, else 0. Not differentiable. */
  public static Variable isInf(Variable x) {
    return compare(
        BinaryOp.EQ, Elementwise.unary(UnaryOp.ABS, x.detach()), Double.POSITIVE_INFINITY);
  }

  /** Returns 1 where x is neither infinite nor NaN, else 0. Not differentiable. */
  public static Variable isFinite(Variable x) {
    return compare(
        BinaryOp.LT, Elementwise.unary(UnaryOp.ABS, x.detach()), Double.POSITIVE_INFINITY);
  }

  private static Variable compare(BinaryOp op, Variable x, double with) {
    return Elementwise.binary(
        op, x, Variable.of(Tensor.scalar(x.value().device(), x.dtype(), with)));
  }

  /**
   * Returns x with numbers in the place of NaN, ∞ and −∞.
   *
   * <p><b>Backward</b> dx = dy where x is finite, else 0. <b>Shapes</b> y is like x. <b>Saved</b>
   * x.
   */
  public static Variable nanToNum(Variable x, double nan, double high, double low) {
    return Elementwise.map("nan_to_num", FINITE, new double[] {nan, high, low}, x);
  }
}
