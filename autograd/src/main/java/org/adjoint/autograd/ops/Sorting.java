package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Order along an axis. NaN counts as the largest, and equal elements stay in their order. */
public final class Sorting {
  private Sorting() {}

  /**
   * Elements in order, and where they were.
   *
   * @param values the elements; their gradients go back to where they were
   * @param indices int32 indices along the axis, in the same shape
   */
  public record Ordered(Variable values, Tensor indices) {}

  /**
   * Returns the int32 indices that put x in order along an axis. Not differentiable.
   *
   * @throws ShapeException if the axis does not exist
   */
  public static Variable argsort(Variable x, int axis, boolean descending) {
    int a = x.shape().axis("argsort", axis);
    return Graph.apply(new Order(descending, a, x.shape().dim(a)), x);
  }

  /**
   * Returns x in order along an axis.
   *
   * <p><b>Backward</b> dx = dy, each where its element was. <b>Shapes</b> y like x. <b>Saved</b>
   * the indices.
   *
   * @throws ShapeException if the axis does not exist
   */
  public static Ordered sort(Variable x, int axis, boolean descending) {
    return first("sort", x, axis, descending, x.shape().dim(x.shape().axis("sort", axis)));
  }

  /**
   * Returns the k largest (or smallest) elements along an axis, the most extreme first; of equals
   * the first.
   *
   * <p><b>Backward</b> dx = 0 except dy where the elements were. <b>Shapes</b> x with extent k
   * along the axis. <b>Saved</b> the indices.
   *
   * @throws ShapeException if the axis does not exist, or has fewer than k elements
   */
  public static Ordered topk(Variable x, int k, int axis, boolean largest) {
    return first("topk", x, axis, largest, k);
  }

  private static Ordered first(String op, Variable x, int axis, boolean descending, int count) {
    int a = x.shape().axis(op, axis);
    int n = x.shape().dim(a);
    if (count < 0 || count > n) {
      throw new ShapeException(
          op, "k", count, "axis " + a + " of " + x.shape() + " has " + n + " elements");
    }
    Tensor indices = Graph.apply(new Order(descending, a, count), x.detach()).value();
    return new Ordered(Indexing.gather(x, a, indices), indices);
  }

  /**
   * Returns the k-th smallest element along an axis, which disappears.
   *
   * <p><b>Backward</b> dx = 0 except dy where the element was. <b>Saved</b> the indices.
   *
   * @param k from 1 to the extent of the axis
   * @throws ShapeException if the axis does not exist, or has no k-th element
   */
  public static Variable kthvalue(Variable x, int k, int axis) {
    int a = x.shape().axis("kthvalue", axis);
    if (k < 1 || k > x.shape().dim(a)) {
      throw new ShapeException(
          "kthvalue",
          "k",
          k,
          "it must be from 1 to " + x.shape().dim(a) + ", the extent of axis " + a);
    }
    return Views.select(first("kthvalue", x, a, false, k).values(), a, k - 1);
  }

  /**
   * Returns the median along an axis, which disappears; of an even number of elements the lower of
   * the middle two.
   *
   * <p><b>Backward</b> dx = 0 except dy where the median was. <b>Saved</b> the indices.
   *
   * @throws ShapeException if the axis does not exist or is empty
   */
  public static Variable median(Variable x, int axis) {
    int a = x.shape().axis("median", axis);
    if (x.shape().dim(a) == 0) {
      throw new ShapeException("median", "x", x.shape(), "axis " + a + " is empty");
    }
    return kthvalue(x, (x.shape().dim(a) + 1) / 2, a);
  }

  private record Order(boolean descending, int axis, int count) implements Op.NonDifferentiable {
    @Override
    public String name() {
      return "argsort";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Shape shape = x.shape().with(axis, count);
      Tensor y = Tensor.result(x.device(), DType.I32, shape);
      kernels.indexing().argSort(descending, x, axis, y);
      return y;
    }
  }
}
