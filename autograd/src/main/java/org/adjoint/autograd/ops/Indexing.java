package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Reading and adding at computed places along an axis. */
public final class Indexing {
  private Indexing() {}

  /**
   * Returns y[.., i, ..] = x[.., index[.., i, ..], ..].
   *
   * <p><b>Backward</b> dx = scatterAdd(dy, index). <b>Shapes</b> index is int32 and differs from x
   * along the axis only; y is like index. <b>Saved</b> the index.
   *
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit, or an index is outside the
   *     axis
   */
  public static Variable gather(Variable x, int axis, Tensor index) {
    return Graph.apply(new Gather(x.shape().axis("gather", axis), Views.compact(index)), x);
  }

  /**
   * Returns zeros of the given extent along the axis, with src added at the indexed places.
   *
   * <p><b>Forward</b> y[.., index[.., i, ..], ..] += src[.., i, ..]. <b>Backward</b> dsrc =
   * gather(dy, index). <b>Shapes</b> index is like src. <b>Saved</b> the index.
   */
  public static Variable scatterAdd(Variable src, int axis, Tensor index, int extent) {
    int a = src.shape().axis("scatter_add", axis);
    return Graph.apply(new ScatterAdd(a, Views.compact(index), extent), src);
  }

  /**
   * Returns 1 where the last axis equals the index, else 0; a constant.
   *
   * @param index int32, each from 0 to classes − 1
   */
  public static Variable oneHot(Tensor index, int classes, DType dtype) {
    Shape shape = index.shape().insert(index.rank(), classes);
    Tensor y = Tensor.result(index.device(), dtype, shape);
    Backends.kernels(index.device()).indexing().oneHot(Views.compact(index), y);
    return Variable.of(y);
  }

  private record Gather(int axis, Tensor index) implements Op.Differentiable {
    @Override
    public String name() {
      return "gather";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), index.shape());
      kernels.indexing().gather(x, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(scatterAdd(v.dy(), axis, index, v.input(0).shape().dim(axis)));
    }
  }

  private record ScatterAdd(int axis, Tensor index, int extent) implements Op.Differentiable {
    @Override
    public String name() {
      return "scatter_add";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor src = Views.compact(inputs[0]);
      Tensor y = Tensor.result(src.device(), src.dtype(), src.shape().with(axis, extent));
      kernels.elementwise().fill(0, y);
      kernels.indexing().scatterAdd(src, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(gather(v.dy(), axis, index));
    }
  }
}
