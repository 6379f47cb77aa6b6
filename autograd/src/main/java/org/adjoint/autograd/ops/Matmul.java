package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
public final class Matmul {
  private Matmul() {}

  /**
   * Returns the product of matrices, batched and broadcast over leading axes as in NumPy; a vector
   * counts as a row on the left and as a column on the right.
   *
   * @throws ShapeException if the inner extents differ, or an operand is a scalar
   */
  public static Variable matmul(Variable a, Variable b) {
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new ShapeException(
          "matmul",
          a.shape().rank() == 0 ? "a" : "b",
          Shape.SCALAR,
          "it takes matrices or vectors; multiply by a scalar with mul");
    }
    if (a.shape().rank() == 1) {
      Variable y = matmul(Views.unsqueeze(a, 0), b);
      return Views.squeeze(y, b.shape().rank() == 1 ? -1 : -2);
    }
    if (b.shape().rank() == 1) {
      return Views.squeeze(matmul(a, Views.unsqueeze(b, 1)), -1);
    }
    if (a.shape().rank() == 2 && b.shape().rank() == 2) {
      return product(a, false, b, false);
    }
    Shape batch = batch(a.shape(), b.shape());
    Variable y = product(batched(a, batch), false, batched(b, batch), false);
    int rank = batch.rank();
    int[] dims = Arrays.copyOf(batch.toArray(), rank + 2);
    dims[rank] = a.shape().dim(-2);
    dims[rank + 1] = b.shape().dim(-1);
    return y.reshape(dims);
  }

  private static Shape batch(Shape a, Shape b) {
    try {
      return Shape.broadcast("matmul", leading(a), leading(b));
    } catch (ShapeException e) {
      ShapeException named =
          new ShapeException(
              "matmul",
              "b",
              b,
              "its batch axes " + leading(b) + " do not broadcast with those of a " + a);
      named.initCause(e);
      throw named;
    }
  }

  private static Shape leading(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.toArray(), shape.rank() - 2));
  }

  /** Broadcasts the leading axes to {@code batch} and merges them into one. */
  private static Variable batched(Variable x, Shape batch) {
    int rows = x.shape().dim(-2);
    int columns = x.shape().dim(-1);
    if (x.shape().rank() == 2) {
      return Views.expand(x, Shape.of(batch.size(), rows, columns));
    }
    int rank = batch.rank();
    int[] full = Arrays.copyOf(batch.toArray(), rank + 2);
    full[rank] = rows;
    full[rank + 1] = columns;
    return Views.expand(x, Shape.of(full)).reshape(batch.size(), rows, columns);
  }

  /**
   * Returns op(a) · op(b), where op transposes the last two axes if its flag is set; both of rank
   * 2, or both of rank 3 with equal batches.
   *
   * <p><b>Forward</b> y = op(a) · op(b). <b>Backward</b> with A = op(a), B = op(b): dA = dy · Bᵀ,
   * dB = Aᵀ · dy, transposed back where the flag was set. <b>Shapes</b> [m, k] · [k, n] → [m, n],
   * and the same with a leading batch. <b>Saved</b> a and b.
   */
  public static Variable product(Variable a, boolean transposeA, Variable b, boolean transposeB) {
    return Graph.apply(new Product(transposeA, transposeB), a, b);
  }

  /**
   * Returns x · wᵀ + bias, the fully connected layer.
   *
   * <p><b>Backward</b> dx = dy · w, dw = dyᵀ · x, dbias = Σ dy over rows. <b>Shapes</b> x [n, in],
   * w [out, in], bias [out] → y [n, out]. <b>Saved</b> x and w.
   */
  public static Variable linear(Variable x, Variable w, @Nullable Variable bias) {
    return bias == null ? product(x, false, w, true) : Graph.apply(new Linear(), x, w, bias);
  }

  private static Tensor run(
      Kernels kernels, Tensor a, boolean ta, Tensor b, boolean tb, @Nullable Tensor bias) {
    if (a.rank() != b.rank() || a.rank() < 2 || a.rank() > 3) {
      throw new ShapeException(
          "matmul",
          "b",
          b.shape(),
          "a is " + a.shape() + "; both must have rank 2, or both rank 3");
    }
    int k = a.dim(ta ? -2 : -1);
    if (k != b.dim(tb ? -1 : -2)) {
      throw new ShapeException(
          "matmul",
          "b",
          b.shape() + (tb ? " transposed" : ""),
          "its inner extent must be "
              + k
              + ", as in a "
              + a.shape()
              + (ta ? " transposed" : "")
              + "; transpose or reshape one of them");
    }
    int m = a.dim(ta ? -1 : -2);
    int n = b.dim(tb ? -2 : -1);
    Shape shape = a.rank() == 2 ? Shape.of(m, n) : Shape.of(a.dim(0), m, n);
    Tensor y = Tensor.result(a.device(), a.dtype(), shape);
    kernels.matmul().matmul(a, ta, b, tb, bias, y);
    return y;
  }

  private record Product(boolean ta, boolean tb) implements Op.Differentiable {
    @Override
    public String name() {
      return "matmul";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return run(kernels, inputs[0], ta, inputs[1], tb, null);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(gradientA(v), gradientB(v));
    }

    private @Nullable Variable gradientA(Vjp v) {
      if (!v.needs(0)) {
        return null;
      }
      Variable b = v.input(1);
      return ta ? product(b, tb, v.dy(), true) : product(v.dy(), false, b, !tb);
    }

    private @Nullable Variable gradientB(Vjp v) {
      if (!v.needs(1)) {
        return null;
      }
      Variable a = v.input(0);
      return tb ? product(v.dy(), true, a, ta) : product(a, !ta, v.dy(), false);
    }
  }

  private record Linear() implements Op.Differentiable {
    @Override
    public String name() {
      return "linear";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return run(kernels, inputs[0], false, inputs[1], true, inputs[2]);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(
          v.needs(0) ? product(v.dy(), false, v.input(1), false) : null,
          v.needs(1) ? product(v.dy(), true, v.input(0), false) : null,
          v.needs(2) ? Reductions.sum(v.dy(), 0) : null);
    }
  }
}
