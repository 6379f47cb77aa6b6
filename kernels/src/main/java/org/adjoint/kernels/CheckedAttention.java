package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of attention; see {@link CheckedKernels}. */
final class CheckedAttention implements AttentionKernels {
  private final Arguments check;
  private final AttentionKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedAttention(Arguments check, AttentionKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse) {
    String op = "attention";
    operands(op, q, k, v, mask, key, spec);
    DType dtype = q.dtype();
    check.typed(op, "y", y, dtype);
    check.shape(op, "y", y, q.dim(0), q.dim(1), q.dim(2), v.dim(3));
    check.typed(op, "lse", lse, dtype);
    check.shape(op, "lse", lse, q.dim(0), q.dim(2), q.dim(1));
    result(op, "y", y, q, k, v, mask, key);
    result(op, "lse", lse, q, k, v, mask, key);
    check.apart(op, "lse", lse, "y", y);
    if (k.dim(1) == 0) {
      elementwise.fill(0, y);
      elementwise.fill(Double.NEGATIVE_INFINITY, lse);
    } else if (lse.size() > 0) {
      raw.attention(rows(q), rows(k), rows(v), mask, contiguous(key), spec, y, lse);
    }
  }

  @Override
  public void attentionGradient(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse,
      Tensor dy,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    String op = "attention gradient";
    operands(op, q, k, v, mask, key, spec);
    DType dtype = q.dtype();
    check.typed(op, "y", y, dtype);
    check.shape(op, "y", y, q.dim(0), q.dim(1), q.dim(2), v.dim(3));
    check.typed(op, "lse", lse, dtype);
    check.shape(op, "lse", lse, q.dim(0), q.dim(2), q.dim(1));
    check.typed(op, "dy", dy, dtype);
    check.shapeOf(op, "dy", dy, y);
    Tensor[] results = {dq, dk, dv};
    Tensor[] operands = {q, k, v};
    String[] names = {"dq", "dk", "dv"};
    for (int i = 0; i < results.length; i++) {
      check.typed(op, names[i], results[i], dtype);
      check.shapeOf(op, names[i], results[i], operands[i]);
      result(op, names[i], results[i], q, k, v, mask, key);
      check.apart(op, names[i], results[i], "y", y);
      check.apart(op, names[i], results[i], "lse", lse);
      check.apart(op, names[i], results[i], "dy", dy);
      for (int j = 0; j < i; j++) {
        check.apart(op, names[i], results[i], names[j], results[j]);
      }
    }
    if (dq.size() == 0 || dk.size() == 0) {
      elementwise.fill(0, dq);
      elementwise.fill(0, dk);
      elementwise.fill(0, dv);
      return;
    }
    raw.attentionGradient(
        rows(q),
        rows(k),
        rows(v),
        mask,
        contiguous(key),
        spec,
        check.contiguous(y),
        check.contiguous(lse),
        check.contiguous(dy),
        dq,
        dk,
        dv);
  }

  private void operands(
      String op,
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    check.present(op, "spec", spec);
    check.floating(op, "q", q);
    check.rank(op, "q", q, 4, "[batch, queries, heads, width]");
    check.typed(op, "k", k, q.dtype());
    check.rank(op, "k", k, 4, "[batch, keys, heads, width]");
    check.shape(op, "k", k, q.dim(0), k.dim(1), q.dim(2), q.dim(3));
    check.typed(op, "v", v, q.dtype());
    check.rank(op, "v", v, 4, "[batch, keys, heads, valueWidth]");
    check.shape(op, "v", v, q.dim(0), k.dim(1), q.dim(2), v.dim(3));
    if (q.dim(3) == 0 || v.dim(3) == 0) {
      boolean narrow = q.dim(3) == 0;
      throw new ShapeException(
          op,
          narrow ? "q" : "v",
          Arguments.describe(narrow ? q : v),
          "its last extent must be at least 1");
    }
    if (mask != null) {
      check.typed(op, "mask", mask, q.dtype());
      check.shape(op, "mask", mask, q.dim(0), q.dim(2), q.dim(1), k.dim(1));
    }
    if (key != null) {
      check.typed(op, "key", key, q.dtype());
      check.shape(op, "key", key, 2);
    }
    if ((key != null) != (spec.dropout() > 0)) {
      throw new ArgumentException(
          op,
          "key",
          key == null ? "null" : "given",
          key == null ? "dropout needs one" : "without dropout it must be null");
    }
  }

  private void result(
      String op,
      String name,
      Tensor out,
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key) {
    check.dense(op, name, out);
    check.apart(op, name, out, "q", q);
    check.apart(op, name, out, "k", k);
    check.apart(op, name, out, "v", v);
    check.apart(op, name, out, "mask", mask);
    check.apart(op, name, out, "key", key);
  }

  private @Nullable Tensor contiguous(@Nullable Tensor t) {
    return t == null ? null : check.contiguous(t);
  }

  /** Returns a tensor whose last axis is dense. */
  private Tensor rows(Tensor t) {
    return t.dim(3) == 1 || t.layout().stride(3) == 1 ? t : check.contiguous(t);
  }
}
