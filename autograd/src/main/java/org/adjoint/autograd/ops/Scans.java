package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Running sums and products. */
public final class Scans {
  private Scans() {}

  /**
   * Returns y[k] = x[0] + … + x[k] along an axis.
   *
   * <p><b>Backward</b> dx[k] = dy[k] + … + dy[n−1]. <b>Shapes</b> y like x. <b>Saved</b> nothing.
   *
   * @throws org.adjoint.tensor.ShapeException if the axis does not exist
   */
  public static Variable cumsum(Variable x, int axis) {
    return sum(x, x.shape().axis("cumsum", axis), false);
  }

  private static Variable sum(Variable x, int axis, boolean reverse) {
    return Graph.apply(new Cumsum(axis, reverse), x);
  }

  /**
   * Returns y[k] = x[0] · … · x[k] along an axis.
   *
   * <p><b>Backward</b> dx[i] = Σ over k ≥ i of dy[k] · y[k] / x[i]; where x has zeros the products
   * are multiplied out, in memory n times that of x. <b>Shapes</b> y like x. <b>Saved</b> x and y.
   *
   * @throws org.adjoint.tensor.ShapeException if the axis does not exist
   */
  public static Variable cumprod(Variable x, int axis) {
    return Graph.apply(new Cumprod(x.shape().axis("cumprod", axis)), x);
  }

  private static Tensor scan(
      Kernels kernels, ReduceOp op, boolean reverse, int axis, Tensor input) {
    Tensor x = Views.compact(input);
    Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
    kernels.reductions().scan(op, reverse, x, axis, y);
    return y;
  }

  private record Cumsum(int axis, boolean reverse) implements Op.Differentiable {
    @Override
    public String name() {
      return "cumsum";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return scan(kernels, ReduceOp.SUM, reverse, axis, inputs[0]);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(sum(v.dy(), axis, !reverse));
    }
  }

  private record Cumprod(int axis) implements Op.Differentiable {
    @Override
    public String name() {
      return "cumprod";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return scan(kernels, ReduceOp.PROD, false, axis, inputs[0]);
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      Variable sums = sum(v.dy().mul(v.output()), axis, true);
      if (x.value().size() == 0) {
        return Vjp.gradients(sums.div(x));
      }
      Variable smallest = Reductions.min(Elementwise.unary(UnaryOp.ABS, x.detach()));
      if (Recording.current() != null) {
        Variable none = Reductions.isPositive(smallest);
        Variable quotients = sums.div(Reductions.oneUnless(none, x));
        return Vjp.gradients(Elementwise.where(none, quotients, products(x, v.dy())));
      }
      return Vjp.gradients(smallest.item() > 0 ? sums.div(x) : products(x, v.dy()));
    }

    /** The sums of dy[k] times the product of the factors before k but x[i], multiplied out. */
    private Variable products(Variable x, Variable dy) {
      int last = x.shape().rank() - 1;
      Variable turned = x.transpose(axis, last);
      Shape shape = turned.shape();
      int n = shape.dim(last);
      Shape cube = Shape.of(shape.size() / n, n, n);
      // [row, i, j] holds x[j], and 1 where j = i.
      Variable rows = Views.expand(turned.reshape(-1, 1, n), cube);
      Variable one = Variable.of(Tensor.scalar(x.value().device(), x.dtype(), 1));
      Variable factors = Elementwise.where(Matrices.identity(x.value(), n), one, rows);
      Variable given = dy.transpose(axis, last).reshape(-1, 1, n);
      Variable terms = Matrices.triu(cumprod(factors, 2).mul(given), 0);
      return Views.reshape(terms.sum(2), shape).transpose(axis, last);
    }
  }
}
