package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Operations that only rearrange elements; most are views and copy nothing. */
public final class Views {
  private Views() {}

  /** Returns the elements densely in row-major order: the tensor itself, or a copy of a view. */
  public static Tensor compact(Tensor x) {
    if (x.isContiguous()) {
      return x;
    }
    Tensor copy = Tensor.result(x.device(), x.dtype(), x.shape());
    Backends.kernels(x.device()).elementwise().copy(x, copy);
    return copy;
  }

  /**
   * Returns x under another shape; one extent may be −1.
   *
   * <p><b>Backward</b> dx = dy in the shape of x. <b>Shapes</b> equal sizes. <b>Saved</b> nothing.
   * A view where strides allow, else a copy.
   */
  public static Variable reshape(Variable x, int... dims) {
    return reshape(x, x.value().infer(dims));
  }

  /** As {@link #reshape(Variable, int...)}, with all extents given. */
  public static Variable reshape(Variable x, Shape target) {
    return target.equals(x.shape()) ? x : Graph.apply(new Reshape(target), x);
  }

  /**
   * Returns x with its axes reordered: axis i of the result is axis order[i] of x.
   *
   * <p><b>Backward</b> dx = dy with the inverse order. <b>Saved</b> nothing.
   */
  public static Variable permute(Variable x, int... order) {
    return Graph.apply(new Permute(order.clone()), x);
  }

  /** Returns x with two axes exchanged; negative axes count from the end. */
  public static Variable transpose(Variable x, int first, int second) {
    int a = x.shape().axis("transpose", first);
    int b = x.shape().axis("transpose", second);
    int[] order = new int[x.shape().rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i == a ? b : i == b ? a : i;
    }
    return permute(x, order);
  }

  /**
   * Returns elements {@code from, from + step, …} before {@code to} along an axis.
   *
   * <p><b>Backward</b> dx = 0 except dy in the slice. <b>Saved</b> nothing.
   */
  public static Variable slice(Variable x, int axis, int from, int to, int step) {
    int a = x.shape().axis("slice", axis);
    return Graph.apply(new Slice(a, from, to, step), x);
  }

  /** Returns the element at one index along an axis, the axis removed. */
  public static Variable select(Variable x, int axis, int index) {
    int a = x.shape().axis("select", axis);
    int n = x.shape().dim(a);
    int i = index < 0 ? index + n : index;
    if (i < 0 || i >= n) {
      throw new ShapeException(
          "select", "index", index, "axis " + a + " of " + x.shape() + " has " + n + " elements");
    }
    return reshape(slice(x, a, i, i + 1, 1), x.shape().remove(a));
  }

  /**
   * Returns x broadcast to a larger shape, as a view with stride 0.
   *
   * <p><b>Backward</b> dx = dy summed over the broadcast axes. <b>Saved</b> nothing.
   */
  public static Variable expand(Variable x, Shape target) {
    return x.shape().equals(target) ? x : Graph.apply(new Expand(target), x);
  }

  /** Returns x without an axis of extent 1. */
  public static Variable squeeze(Variable x, int axis) {
    return reshape(x, x.value().layout().squeeze(axis).shape());
  }

  /** Returns x with an axis of extent 1 inserted. */
  public static Variable unsqueeze(Variable x, int axis) {
    return reshape(x, x.value().layout().unsqueeze(axis).shape());
  }

  /** Returns x with all axes from {@code from} on merged into one. */
  public static Variable flatten(Variable x, int from) {
    int a = x.shape().axis("flatten", from);
    return reshape(x, x.shape().merge(a, x.shape().rank() - 1));
  }

  private record Reshape(Shape target) implements Op.Differentiable {
    @Override
    public String name() {
      return "reshape";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Layout view = inputs[0].layout().reshape(target);
      return view != null ? inputs[0].view(view) : compact(inputs[0]).reshape(target);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(reshape(v.dy(), v.input(0).shape()));
    }
  }

  private record Permute(int[] order) implements Op.Differentiable {
    @Override
    public String name() {
      return "permute";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return inputs[0].permute(order);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      int[] inverse = new int[order.length];
      for (int i = 0; i < order.length; i++) {
        inverse[order[i] < 0 ? order[i] + order.length : order[i]] = i;
      }
      return Vjp.gradients(permute(v.dy(), inverse));
    }
  }

  private record Slice(int axis, int from, int to, int step) implements Op.Differentiable {
    @Override
    public String name() {
      return "slice";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return inputs[0].slice(axis, from, to, step);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Tensor sum = v.sum(0);
      if (sum != null) {
        // Of many slices, only the first lays itself into zeros of the whole shape.
        Tensor part = sum.slice(axis, from, to, step);
        Tensor added = Vjp.like(part);
        v.kernels().elementwise().binary(BinaryOp.ADD, part, v.dy().value(), added);
        v.kernels().elementwise().copy(added, part);
        return Vjp.gradients((Variable) null);
      }
      v.own(0);
      return Vjp.gradients(
          Graph.apply(new Unslice(v.input(0).shape(), axis, from, to, step), v.dy()));
    }
  }

  /** The transpose of a slice: zeros with the operand laid in. */
  private record Unslice(Shape full, int axis, int from, int to, int step)
      implements Op.Differentiable {
    @Override
    public String name() {
      return "unslice";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Tensor.result(inputs[0].device(), inputs[0].dtype(), full);
      kernels.elementwise().fill(0, y);
      kernels.elementwise().copy(inputs[0], y.slice(axis, from, to, step));
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(slice(v.dy(), axis, from, to, step));
    }
  }

  /**
   * Zeros of a shape with x laid in at {@code from, from + step, …} before {@code to} along an
   * axis: the transpose of {@link #slice}.
   */
  static Variable unslice(Variable x, Shape full, int axis, int from, int to, int step) {
    return Graph.apply(new Unslice(full, axis, from, to, step), x);
  }

  private record Expand(Shape target) implements Op.Differentiable {
    @Override
    public String name() {
      return "expand";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return inputs[0].expand(target);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      // The engine sums the gradient over the axes that were broadcast.
      return Vjp.gradients(v.dy());
    }
  }
}
