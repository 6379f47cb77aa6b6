package org.adjoint.kernels.reference;

import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;

/** Element-wise kernels: every function is the evaluation of its expression. */
final class ReferenceElementwise implements ElementwiseKernels {
  private static final double[] NONE = {};

  @Override
  public void fill(double value, Tensor out) {
    Elements.of(out).fill(value);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    Elements from = Elements.of(x, out.shape());
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, from.get(i));
    }
  }

  @Override
  public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
    map(op.value(), new double[] {alpha, beta}, out, x);
  }

  @Override
  public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
    map(op.value(), NONE, out, a, b);
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    Expr f = Expr.select(Expr.operand(0), Expr.operand(1), Expr.operand(2));
    map(f, NONE, out, condition, a, b);
  }

  @Override
  public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
    Interpreter values = new Interpreter(f, parameters, out.dtype(), out.shape(), operands);
    Elements y = Elements.of(out);
    for (int i = 0; i < y.size(); i++) {
      y.set(i, values.get(i));
    }
  }
}
