package org.adjoint.kernels;

import org.adjoint.tensor.Layout;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of matrix products; see {@link CheckedKernels}. */
final class CheckedMatmul implements MatmulKernels {
  private final Arguments check;
  private final MatmulKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedMatmul(Arguments check, MatmulKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      @Nullable Tensor bias,
      Tensor out) {
    String op = "matmul";
    check.floating(op, "a", a);
    check.typed(op, "b", b, a.dtype());
    check.typed(op, "out", out, a.dtype());
    if (bias != null) {
      check.typed(op, "bias", bias, a.dtype());
    }
    int rank = a.rank();
    if (rank != 2 && rank != 3) {
      throw new ShapeException(
          op, "a", Arguments.describe(a), "it must be a matrix or a batch of matrices");
    }
    if (b.rank() != rank) {
      throw new ShapeException(
          op, "b", Arguments.describe(b), "it must have the axes of a, which is " + a.shape());
    }
    int m = a.dim(transposeA ? -1 : -2);
    int k = a.dim(transposeA ? -2 : -1);
    int n = b.dim(transposeB ? -2 : -1);
    int kb = b.dim(transposeB ? -1 : -2);
    if (k != kb || (rank == 3 && a.dim(0) != b.dim(0))) {
      throw mismatch(a, transposeA, b, transposeB);
    }
    if (rank == 2) {
      check.shape(op, "out", out, m, n);
    } else {
      check.shape(op, "out", out, a.dim(0), m, n);
    }
    if (bias != null) {
      check.shape(op, "bias", bias, n);
    }
    check.dense(op, "out", out);
    check.apart(op, "out", out, "a", a);
    check.apart(op, "out", out, "b", b);
    check.apart(op, "out", out, "bias", bias);
    if (out.size() == 0) {
      return;
    }
    if (k == 0) {
      withoutTerms(bias, out);
      return;
    }
    boolean flipA = isTransposed(a);
    boolean flipB = isTransposed(b);
    raw.matmul(
        dense(flipA ? a.transpose(-1, -2) : a),
        transposeA != flipA,
        dense(flipB ? b.transpose(-1, -2) : b),
        transposeB != flipB,
        bias == null ? null : check.contiguous(bias),
        out);
  }

  private void withoutTerms(@Nullable Tensor bias, Tensor out) {
    if (bias == null) {
      elementwise.fill(0, out);
    } else {
      elementwise.copy(bias.expand(out.shape()), out);
    }
  }

  private static ShapeException mismatch(
      Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
    return new ShapeException(
        "matmul",
        "b",
        Arguments.describe(b) + (transposeB ? " transposed" : ""),
        "its rows must be as many as the columns of a, which is "
            + a.shape()
            + (transposeA ? " transposed" : "")
            + (a.rank() == 3 ? ", and the batches must be equal; expand the smaller one" : ""));
  }

  /** Whether the matrices are dense column by column and not row by row. */
  private static boolean isTransposed(Tensor t) {
    return !isRowMajor(t, -2, -1) && isRowMajor(t, -1, -2);
  }

  private static boolean isRowMajor(Tensor t, int rowAxis, int columnAxis) {
    Layout l = t.layout();
    int rows = t.dim(rowAxis);
    int cols = t.dim(columnAxis);
    return (cols == 1 || l.stride(t.rank() + columnAxis) == 1)
        && (rows == 1 || l.stride(t.rank() + rowAxis) == cols);
  }

  /** Returns the tensor if its matrices are dense, else a copy; a shared matrix is copied once. */
  private Tensor dense(Tensor t) {
    if (isRowMajor(t, -2, -1)) {
      return t;
    }
    if (t.rank() == 3 && t.layout().stride(0) == 0) {
      return check.contiguous(t.slice(0, 0, 1)).expand(t.shape());
    }
    return check.contiguous(t);
  }
}
