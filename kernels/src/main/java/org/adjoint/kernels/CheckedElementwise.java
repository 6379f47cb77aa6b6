package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of element-wise kernels; see {@link CheckedKernels}. */
final class CheckedElementwise implements ElementwiseKernels {
  private final Arguments check;
  private final ElementwiseKernels raw;

  CheckedElementwise(Arguments check, ElementwiseKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void fill(double value, Tensor out) {
    check.tensor("fill", "out", out);
    check.writable("fill", "out", out);
    if (out.size() > 0) {
      raw.fill(value, out);
    }
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    check.tensor("copy", "x", x);
    check.tensor("copy", "out", out);
    check.broadcasts("copy", "x", x, out);
    check.writable("copy", "out", out);
    if (out.size() == 0) {
      return;
    }
    Tensor from = Arguments.overlap(x, out) ? check.copy(x, x.shape()) : x;
    raw.copy(from.expand(out.shape()), out);
  }

  @Override
  public boolean joins() {
    return raw.joins();
  }

  @Override
  public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
    check.present("unary", "op", op);
    String name = op.label();
    check.floating(name, "x", x);
    result(name, out, x.dtype());
    check.broadcasts(name, "x", x, out);
    if (out.size() > 0) {
      raw.unary(op, ready(x, out), alpha, beta, out);
    }
  }

  @Override
  public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
    check.present("binary", "op", op);
    String name = op.label();
    check.tensor(name, "a", a);
    if (a.dtype() == DType.I32 && op.isDifferentiable()) {
      throw new DTypeException(
          name,
          "a",
          Arguments.describe(a),
          "only comparisons and logical operations take int32; copy it to float32 first");
    }
    check.typed(name, "b", b, a.dtype());
    result(name, out, a.dtype());
    check.broadcasts(name, "a", a, out);
    check.broadcasts(name, "b", b, out);
    if (out.size() == 0) {
      return;
    }
    if (isPlain(a, out) && isPlain(b, out)) {
      raw.binary(op, a, b, out);
    } else {
      Tensor[] x = allReady(out, a, b);
      raw.binary(op, x[0], x[1], out);
    }
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    check.floating("where", "condition", condition);
    check.typed("where", "a", a, condition.dtype());
    check.typed("where", "b", b, condition.dtype());
    result("where", out, condition.dtype());
    check.broadcasts("where", "condition", condition, out);
    check.broadcasts("where", "a", a, out);
    check.broadcasts("where", "b", b, out);
    if (out.size() > 0) {
      Tensor[] x = allReady(out, condition, a, b);
      raw.where(x[0], x[1], x[2], out);
    }
  }

  @Override
  public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
    check.expression("map", f, parameters, operands);
    check.floating("map", "out", out);
    check.dense("map", "out", out);
    for (int i = 0; i < operands.length; i++) {
      check.typed("map", "operand", operands[i], out.dtype());
      check.broadcasts("map", "operand", operands[i], out);
    }
    if (out.size() > 0) {
      raw.map(f, parameters, out, allReady(out, operands));
    }
  }

  @Override
  public LoopListing describe(Expr f, DType dtype, boolean... broadcast) {
    check.present("describe", "f", f);
    check.present("describe", "broadcast", broadcast);
    if (dtype == null || !dtype.isFloating()) {
      throw new DTypeException(
          "describe", "dtype", dtype, "expressions are computed in float32 or float64");
    }
    return raw.describe(f, dtype, broadcast);
  }

  private void result(String op, Tensor out, DType dtype) {
    check.typed(op, "out", out, dtype);
    check.dense(op, "out", out);
  }

  /** Whether an operand can be used as it is: dense like the result and not a part of it. */
  private static boolean isPlain(Tensor x, Tensor out) {
    return x.isContiguous()
        && x.shape().equals(out.shape())
        && (x.storage() != out.storage()
            || x.layout().offset() == out.layout().offset()
            || !Arguments.overlap(x, out));
  }

  private Tensor ready(Tensor x, Tensor out) {
    return isPlain(x, out) ? x : allReady(out, x)[0];
  }

  /** Returns the operands, copied where they do not fit into a row view or overlap the result. */
  private Tensor[] allReady(Tensor out, Tensor... operands) {
    boolean plain = true;
    for (int i = 0; plain && i < operands.length; i++) {
      plain = isPlain(operands[i], out);
    }
    if (plain) {
      return operands;
    }
    RowView view = RowView.of(out, operands);
    Tensor[] ready = operands;
    for (int i = 0; i < operands.length; i++) {
      boolean fits = view.fits(i);
      if (!fits || (!isPlain(operands[i], out) && Arguments.overlap(operands[i], out))) {
        if (ready == operands) {
          ready = operands.clone();
        }
        Tensor x = operands[i];
        ready[i] =
            fits
                ? check.copy(x, x.shape())
                : check.copy(x.expand(out.shape()), view.compactShape(i));
      }
    }
    return ready;
  }
}
