package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Reductions made of simpler ones; the axes disappear, and none given means all. They throw {@link
 * org.adjoint.tensor.ShapeException} if an axis does not exist or is named twice.
 */
public final class Statistics {
  private static final double[] NO_PARAMETERS = {};
  private static final Expr X = Expr.operand(0);
  private static final Expr ZERO = Expr.constant(0);

  /** √x whose derivative at 0 is 0: nothing that is 0 moves for the first time in a direction. */
  private static final Expr ROOT = guarded(Expr.apply(Function.SQRT, X));

  /** |x| to a power, and 0 with its derivatives at 0. */
  private static final Expr POWER =
      guarded(Expr.apply(Function.ABS, X).with(Operator.POW, Expr.parameter(0)));

  /** |x| to a negative power; the derivatives at 0 are 0. */
  private static final Expr NEGATIVE_POWER =
      Expr.select(
          X.with(Operator.EQ, ZERO),
          Expr.constant(Double.POSITIVE_INFINITY),
          Expr.apply(Function.ABS, X).with(Operator.POW, Expr.parameter(0)));

  private static final Expr FINITE =
      Expr.select(
          Expr.apply(Function.ABS, X).with(Operator.EQ, Expr.constant(Double.POSITIVE_INFINITY)),
          ZERO,
          X);

  private Statistics() {}

  private static Expr guarded(Expr f) {
    return Expr.select(X.with(Operator.EQ, ZERO), ZERO, f);
  }

  /**
   * Returns the variance: Σ (x − mean)² / (n − correction).
   *
   * <p><b>Backward</b> dx = 2·dy·(x − mean)/(n − correction). <b>Saved</b> x.
   *
   * @param correction 1 for the unbiased estimate, 0 for the mean square deviation
   */
  public static Variable variance(Variable x, int correction, int... axes) {
    return Graph.apply(new Variance(correction, axes.clone()), x);
  }

  /**
   * Returns the standard deviation, the root of the {@link #variance}.
   *
   * <p><b>Backward</b> dx = dy·(x − mean)/((n − correction)·y), and 0 where y is 0.
   */
  public static Variable std(Variable x, int correction, int... axes) {
    return Elementwise.map("root", ROOT, NO_PARAMETERS, variance(x, correction, axes));
  }

  /**
   * Returns the p-norm (Σ |x|ᵖ)^(1/p): the largest |x| for p = ∞, the smallest for p = −∞, and the
   * number of non-zero elements, which has no gradient, for p = 0. For a negative p it is 0 if an
   * element is.
   *
   * <p><b>Backward</b> dx = dy·sign(x)·(|x|/y)^(p−1), and 0 where x or y is 0; equal extremes share
   * the gradient evenly.
   *
   * @throws ArgumentException if p is NaN
   */
  public static Variable norm(Variable x, double p, int... axes) {
    if (Double.isNaN(p)) {
      throw new ArgumentException("norm", "p", p, "it must be a number or an infinity");
    }
    if (p == 0) {
      return countNonzero(x, axes);
    }
    if (p == 2) {
      return Elementwise.map("root", ROOT, NO_PARAMETERS, x.square().sum(axes));
    }
    if (p == 1 || Double.isInfinite(p)) {
      Variable modulus = Elementwise.unary(UnaryOp.ABS, x);
      return p == 1
          ? modulus.sum(axes)
          : p > 0 ? Reductions.max(modulus, axes) : Reductions.min(modulus, axes);
    }
    Expr inner = p < 0 ? NEGATIVE_POWER : POWER;
    Variable powers = Elementwise.map("power", inner, new double[] {p}, x);
    return Elementwise.map("power", POWER, new double[] {1 / p}, powers.sum(axes));
  }

  /**
   * Returns ln Σ eˣ, computed as m + ln Σ e^(x − m) with the largest element m.
   *
   * <p><b>Backward</b> dx = dy·softmax(x). <b>Saved</b> e^(x − m) and its sum.
   *
   * @throws org.adjoint.tensor.ShapeException if there is nothing to sum
   */
  public static Variable logSumExp(Variable x, int... axes) {
    // An infinite m would leave infinity minus infinity.
    Variable most =
        Elementwise.map("finite", FINITE, NO_PARAMETERS, Reductions.max(x.detach(), axes));
    return x.sub(Reductions.keepAxes(most, x.shape(), axes)).exp().sum(axes).log().add(most);
  }

  /** Returns the number of elements that are not 0, in the type of x. Not differentiable. */
  public static Variable countNonzero(Variable x, int... axes) {
    return Elementwise.binary(BinaryOp.NE, x, zero(x)).sum(axes);
  }

  /** Returns 1 if any element is not 0, else 0, in the type of x. Not differentiable. */
  public static Variable any(Variable x, int... axes) {
    return Elementwise.binary(BinaryOp.GT, countNonzero(x, axes), zero(x));
  }

  /** Returns 1 if no element is 0, else 0, in the type of x. Not differentiable. */
  public static Variable all(Variable x, int... axes) {
    Variable zeros = Elementwise.binary(BinaryOp.EQ, x, zero(x)).sum(axes);
    return Elementwise.binary(BinaryOp.EQ, zeros, zero(x));
  }

  private static Variable zero(Variable x) {
    return Variable.of(Tensor.scalar(x.value().device(), x.dtype(), 0));
  }

  private record Variance(int correction, int[] axes) implements Op.Differentiable {
    @Override
    public String name() {
      return "var";
    }

    private Variable deviation(Variable x) {
      return x.sub(Reductions.keepAxes(Reductions.mean(x, axes), x.shape(), axes));
    }

    /** factor / (n − correction) with the n elements of x for each of y. */
    private double share(double factor, Shape x, Shape y) {
      int n = x.size() / Math.max(1, y.size());
      return factor / Math.max(0, (double) n - correction);
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Variable x = Variable.of(inputs[0]);
      Variable sum = deviation(x).square().sum(axes);
      return sum.mul(share(1, x.shape(), sum.shape())).value();
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      Variable dy = v.dy().mul(share(2, x.shape(), v.dy().shape()));
      return Vjp.gradients(deviation(x).mul(Reductions.keepAxes(dy, x.shape(), axes)));
    }
  }
}
