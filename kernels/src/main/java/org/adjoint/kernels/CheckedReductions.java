package org.adjoint.kernels;

import org.adjoint.tensor.DType;
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
    int a = checkAxis(name, x, axis, out, op.allowsEmpty());
    if (out.size() == 0) {
      return;
    }
    if (x.size() == 0) {
      double neutral = op == ReduceOp.PROD ? 1 : op == ReduceOp.MEAN ? Double.NaN : 0;
      elementwise.fill(neutral, out);
      return;
    }
    raw.reduce(op, check.contiguous(x), a, out);
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
    String name = largest ? "argmax" : "argmin";
    check.floating(name, "x", x);
    check.typed(name, "out", out, DType.I32);
    int a = checkAxis(name, x, axis, out, false);
    if (out.size() > 0) {
      raw.argReduce(largest, check.contiguous(x), a, out);
    }
  }

  private int checkAxis(String op, Tensor x, int axis, Tensor out, boolean allowsEmpty) {
    int a = x.shape().axis(op, axis);
    boolean same = out.rank() == x.rank() - 1;
    for (int i = 0; same && i < out.rank(); i++) {
      same = out.dim(i) == x.dim(i < a ? i : i + 1);
    }
    if (!same) {
      throw new ShapeException(
          op,
          "out",
          Arguments.describe(out),
          "its shape must be " + x.shape().remove(a) + ", that of x without axis " + a);
    }
    check.dense(op, "out", out);
    check.apart(op, "out", out, "x", x);
    if (x.dim(a) == 0 && !allowsEmpty) {
      throw new ShapeException(
          op, "x", Arguments.describe(x), "axis " + a + " is empty and has no such element");
    }
    return a;
  }
}
