package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of reductions; see {@link CheckedKernels}. */
final class CheckedReductions implements ReductionKernels {
  private final Arguments check;
  private final ReductionKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedReductions(Arguments check, ReductionKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
    check.present("reduce", "op", op);
    String name = op.label();
    check.floating(name, "x", x);
    check.typed(name, "out", out, x.dtype());
    int a = checkAxis(name, "x", x.shape(), axis, out, op.allowsEmpty());
    check.apart(name, "out", out, "x", x);
    if (!isEmpty(op, x.shape(), out)) {
      raw.reduce(op, check.contiguous(x), a, out);
    }
  }

  @Override
  public void mapReduce(
      ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
    check.present("mapReduce", "op", op);
    String name = op.label();
    check.expression(name, f, parameters, operands);
    check.floating(name, "out", out);
    for (Tensor t : operands) {
      check.typed(name, "operand", t, out.dtype());
    }
    Shape shape = ReduceView.commonShape(name, operands);
    int a = checkAxis(name, "the common shape", shape, axis, out, op.allowsEmpty());
    for (Tensor t : operands) {
      check.apart(name, "out", out, "an operand", t);
    }
    if (!isEmpty(op, shape, out)) {
      raw.mapReduce(op, f, parameters, a, out, ready(ReduceView.of(name, a, operands), operands));
    }
  }

  /** Returns the operands, copied where they do not fit into the view. */
  private Tensor[] ready(ReduceView view, Tensor[] operands) {
    Tensor[] ready = operands.clone();
    for (int i = 0; i < operands.length; i++) {
      if (!view.fits(i)) {
        Tensor compact = check.copy(operands[i].expand(view.shape()), view.compactShape(i));
        ready[i] = compact.expand(view.shape());
      }
    }
    return ready;
  }

  /** Fills the result of a reduction of nothing; returns whether it is one. */
  private boolean isEmpty(ReduceOp op, Shape shape, Tensor out) {
    if (out.size() > 0 && shape.size() == 0) {
      double neutral = op == ReduceOp.PROD ? 1 : op == ReduceOp.MEAN ? Double.NaN : 0;
      elementwise.fill(neutral, out);
    }
    return shape.size() == 0;
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
    String name = largest ? "argmax" : "argmin";
    check.floating(name, "x", x);
    check.typed(name, "out", out, DType.I32);
    int a = checkAxis(name, "x", x.shape(), axis, out, false);
    check.apart(name, "out", out, "x", x);
    if (out.size() > 0) {
      raw.argReduce(largest, check.contiguous(x), a, out);
    }
  }

  @Override
  public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
    check.present("scan", "op", op);
    String name = "cum" + op.label();
    if (op != ReduceOp.SUM && op != ReduceOp.PROD) {
      throw new ArgumentException("scan", "op", op.label(), "sums and products run along an axis");
    }
    check.floating(name, "x", x);
    check.typed(name, "out", out, x.dtype());
    int a = x.shape().axis(name, axis);
    check.shapeOf(name, "out", out, x);
    check.dense(name, "out", out);
    check.apart(name, "out", out, "x", x);
    if (out.size() > 0) {
      raw.scan(op, reverse, check.contiguous(x), a, out);
    }
  }

  private int checkAxis(
      String op, String what, Shape x, int axis, Tensor out, boolean allowsEmpty) {
    int a = x.axis(op, axis);
    if (!out.shape().equals(x.remove(a))) {
      throw new ShapeException(
          op,
          "out",
          Arguments.describe(out),
          "its shape must be " + x.remove(a) + ", that of " + what + " without axis " + a);
    }
    check.dense(op, "out", out);
    if (x.dim(a) == 0 && !allowsEmpty) {
      throw new ShapeException(op, what, x, "axis " + a + " is empty and has no such element");
    }
    return a;
  }
}
