package org.adjoint.layers.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * What an {@link Optimizer} keeps within bounds at each step; see {@link Optimizer#clip}. Values
 * stay on the device, so that a recorded step clips, too.
 */
public final class Clipping {
  /** PyTorch's guard against a norm of zero. */
  private static final double TINY = 1e-6;

  private static final double[] NONE = {};
  private static final Expr SQUARE = Expr.x().times(Expr.x());

  /** c / (√x + tiny), at most 1. */
  private static final Expr FACTOR =
      Expr.parameter(0)
          .over(Expr.apply(Expr.Function.SQRT, Expr.x()).plus(Expr.constant(TINY)))
          .with(Expr.Operator.MIN, Expr.constant(1));

  private static final Expr PRODUCT = Expr.operand(0).times(Expr.operand(1));

  private enum Kind {
    VALUE,
    NORM,
    WEIGHTS
  }

  private final Kind kind;
  private final double limit;

  private Clipping(Kind kind, double limit) {
    this.kind = kind;
    this.limit = Settings.positive("limit", limit);
  }

  /**
   * Returns the clipping of each element of the gradients to [−c, c].
   *
   * @param limit c, more than 0
   */
  public static Clipping value(double limit) {
    return new Clipping(Kind.VALUE, limit);
  }

  /**
   * Returns the scaling of all gradients together so that their common Euclidean norm is at most c
   * (Pascanu, Mikolov and Bengio, 2013): g ← g · min(1, c/(‖g‖ + 1e-6)).
   *
   * @param limit c, more than 0
   */
  public static Clipping norm(double limit) {
    return new Clipping(Kind.NORM, limit);
  }

  /**
   * Returns the clipping of each element of the parameters to [−c, c] after the step, as the critic
   * of a Wasserstein GAN wants it (Arjovsky, Chintala and Bottou, 2017).
   *
   * @param limit c, more than 0
   */
  public static Clipping weights(double limit) {
    return new Clipping(Kind.WEIGHTS, limit);
  }

  /** Clips gradients before a step. */
  void before(List<Parameter> changed) {
    if (kind == Kind.VALUE) {
      changed.forEach(p -> clamp(gradient(p)));
    } else if (kind == Kind.NORM) {
      scale(changed.stream().filter(p -> p.value().size() > 0).map(Clipping::gradient).toList());
    }
  }

  /** Clips parameters after a step. */
  void after(List<Parameter> changed) {
    if (kind == Kind.WEIGHTS) {
      changed.forEach(p -> clamp(p.value()));
    }
  }

  private static Tensor gradient(Parameter p) {
    return Objects.requireNonNull(p.gradient());
  }

  private void clamp(Tensor t) {
    Backends.kernels(t.device()).elementwise().unary(UnaryOp.CLAMP, t, -limit, limit, t);
  }

  private void scale(List<Tensor> gradients) {
    if (gradients.isEmpty()) {
      return;
    }
    Tensor first = gradients.getFirst();
    Kernels kernels = Backends.kernels(first.device());
    Shape count = Shape.of(gradients.size());
    Tensor sums = Tensor.result(first.device(), first.dtype(), count);
    List<Tensor> flat = new ArrayList<>();
    for (Tensor g : gradients) {
      Tensor all = g.reshape(-1);
      kernels
          .reductions()
          .mapReduce(ReduceOp.SUM, SQUARE, NONE, 0, sums.select(0, flat.size()), all);
      flat.add(all);
    }
    Tensor factor = Tensor.result(first.device(), first.dtype(), Shape.SCALAR);
    kernels.reductions().reduce(ReduceOp.SUM, sums, 0, factor);
    kernels.elementwise().map(FACTOR, new double[] {limit}, factor, factor);
    for (Tensor g : flat) {
      kernels.elementwise().map(PRODUCT, NONE, g, g, factor);
    }
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + " " + limit;
  }
}
