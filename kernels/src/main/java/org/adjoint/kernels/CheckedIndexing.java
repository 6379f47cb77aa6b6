package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of gathering and scattering; see {@link CheckedKernels}. */
final class CheckedIndexing implements IndexingKernels {
  private final Arguments check;
  private final IndexingKernels raw;

  CheckedIndexing(Arguments check, IndexingKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    String op = "gather";
    check.floating(op, "x", x);
    check.typed(op, "index", index, DType.I32);
    check.typed(op, "out", out, x.dtype());
    int a = x.shape().axis(op, axis);
    check.shapeOf(op, "index", index, out);
    sameButAxis(op, "out", out, "x", x, a);
    check.dense(op, "out", out);
    check.apart(op, "out", out, "x", x);
    if (out.size() > 0) {
      Tensor places = check.indices(op, "index", index, x.dim(a));
      raw.gather(check.contiguous(x), a, places, out);
    }
  }

  @Override
  public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
    scattering("scatter_add", raw::scatterAdd, src, axis, index, out);
  }

  @Override
  public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
    scattering("scatter", raw::scatter, src, axis, index, out);
  }

  /** A kernel that writes at computed places. */
  private interface Scattering {
    void run(Tensor src, int axis, Tensor index, Tensor out);
  }

  private void scattering(
      String op, Scattering kernel, Tensor src, int axis, Tensor index, Tensor out) {
    check.floating(op, "src", src);
    check.typed(op, "index", index, DType.I32);
    check.typed(op, "out", out, src.dtype());
    int a = src.shape().axis(op, axis);
    check.shapeOf(op, "index", index, src);
    sameButAxis(op, "src", src, "out", out, a);
    check.dense(op, "out", out);
    check.apart(op, "out", out, "src", src);
    if (src.size() > 0) {
      Tensor places = check.indices(op, "index", index, out.dim(a));
      kernel.run(check.contiguous(src), a, places, out);
    }
  }

  @Override
  public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
    String op = "index_select";
    int a = slices(op, "x", x, axis, index, out);
    check.shape(op, "out", out, x.shape().with(a, index.dim(0)).toArray());
    check.apart(op, "out", out, "x", x);
    Tensor places = check.indices(op, "index", index, x.dim(a));
    if (out.size() > 0) {
      raw.indexSelect(check.contiguous(x), a, places, out);
    }
  }

  @Override
  public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
    String op = "index_add";
    int a = slices(op, "src", src, axis, index, out);
    if (out.rank() != src.rank()) {
      throw new ShapeException(
          op, "out", Arguments.describe(out), "it must have " + src.rank() + " axes, as src");
    }
    check.shape(op, "src", src, out.shape().with(a, index.dim(0)).toArray());
    check.apart(op, "out", out, "src", src);
    Tensor places = check.indices(op, "index", index, out.dim(a));
    if (src.size() > 0) {
      raw.indexAdd(check.contiguous(src), a, places, out);
    }
  }

  /** Checks what the kernels of whole slices have in common; returns the axis. */
  private int slices(String op, String name, Tensor x, int axis, Tensor index, Tensor out) {
    check.floating(op, name, x);
    check.typed(op, "index", index, DType.I32);
    check.typed(op, "out", out, x.dtype());
    check.rank(op, "index", index, 1, "[count]");
    check.dense(op, "out", out);
    return x.shape().axis(op, axis);
  }

  @Override
  public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
    String op = "argsort";
    check.floating(op, "x", x);
    check.typed(op, "out", out, DType.I32);
    int a = x.shape().axis(op, axis);
    sameButAxis(op, "out", out, "x", x, a);
    if (out.dim(a) > x.dim(a)) {
      throw new ShapeException(
          op,
          "out",
          Arguments.describe(out),
          "axis " + a + " of x has only " + x.dim(a) + " elements to put in order");
    }
    check.dense(op, "out", out);
    check.apart(op, "out", out, "x", x);
    if (out.size() > 0) {
      raw.argSort(descending, check.contiguous(x), a, out);
    }
  }

  @Override
  public void oneHot(Tensor index, Tensor out) {
    String op = "one_hot";
    check.typed(op, "index", index, DType.I32);
    check.floating(op, "out", out);
    boolean fits = out.rank() == index.rank() + 1;
    for (int a = 0; fits && a < index.rank(); a++) {
      fits = out.dim(a) == index.dim(a);
    }
    if (!fits) {
      throw new ShapeException(
          op,
          "out",
          Arguments.describe(out),
          "its shape must be that of index, " + index.shape() + ", and a last axis of classes");
    }
    check.dense(op, "out", out);
    Tensor classes = check.indices(op, "index", index, out.dim(-1));
    if (out.size() > 0) {
      raw.oneHot(classes, out);
    }
  }

  private void sameButAxis(
      String op, String name, Tensor t, String otherName, Tensor other, int axis) {
    boolean same = t.rank() == other.rank();
    for (int a = 0; same && a < t.rank(); a++) {
      same = a == axis || t.dim(a) == other.dim(a);
    }
    if (!same) {
      throw new ShapeException(
          op,
          name,
          Arguments.describe(t),
          "its shape must be that of "
              + otherName
              + ", "
              + other.shape()
              + ", but along axis "
              + axis);
    }
  }
}
