package org.adjoint.autograd.ops;

import java.util.Arrays;
import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisations of each sample by itself: layer, root-mean-square, group and instance norm. */
public final class LayerNorms {
  private LayerNorms() {}

  /**
   * Normalises over the last axes (Ba, Kiros and Hinton, 2016).
   *
   * <p><b>Forward</b> y = (x − mean)/√(variance + ε)·γ + β, with mean and biased variance of each
   * group of last axes. <b>Backward</b> with x̂ the normalised x and g = dy·γ: dx = (g − mean of g
   * − x̂·mean of g·x̂)/√(variance + ε), dγ = Σ dy·x̂, dβ = Σ dy. <b>Shapes</b> the last axes of x
   * are {@code normalized}, and so are γ and β. <b>Saved</b> x, mean, 1/√(variance + ε).
   *
   * @param gamma γ, or null for 1
   * @param beta β, or null for 0; null if γ is
   * @throws ShapeException if x does not end in these axes, or γ or β has another shape
   */
  public static Variable layerNorm(
      Variable x,
      Shape normalized,
      @Nullable Variable gamma,
      @Nullable Variable beta,
      double epsilon) {
    return lastAxes("layer_norm", x, normalized, gamma, beta, true, epsilon);
  }

  /**
   * Divides by the root mean square over the last axes (Zhang and Sennrich, 2019).
   *
   * <p><b>Forward</b> y = x/√(mean of x² + ε)·γ. <b>Backward</b> as {@link #layerNorm} without the
   * mean of g. <b>Shapes</b> as there. <b>Saved</b> x, 1/√(mean of x² + ε).
   *
   * @param gamma γ, or null for 1
   * @throws ShapeException as {@link #layerNorm}
   */
  public static Variable rmsNorm(
      Variable x, Shape normalized, @Nullable Variable gamma, double epsilon) {
    return lastAxes("rms_norm", x, normalized, gamma, null, false, epsilon);
  }

  private static Variable lastAxes(
      String op,
      Variable x,
      Shape normalized,
      @Nullable Variable gamma,
      @Nullable Variable beta,
      boolean centred,
      double epsilon) {
    int kept = x.shape().rank() - normalized.rank();
    boolean ends = kept >= 0 && normalized.rank() > 0;
    for (int a = 0; ends && a < normalized.rank(); a++) {
      ends = x.shape().dim(kept + a) == normalized.dim(a);
    }
    if (!ends) {
      throw new ShapeException(op, "x", x.shape(), "its last axes must be " + normalized);
    }
    Variable rows = x.reshape(x.shape().size() / Math.max(1, normalized.size()), normalized.size());
    Row row = new Row(op, centred, epsilon);
    if (gamma == null) {
      return Graph.apply(row, rows).reshape(x.shape().toArray());
    }
    Variable scale = flat(op, "gamma", gamma, normalized);
    Variable y =
        beta == null
            ? Graph.apply(row, rows, scale)
            : Graph.apply(row, rows, scale, flat(op, "beta", beta, normalized));
    return y.reshape(x.shape().toArray());
  }

  private static Variable flat(String op, String name, Variable v, Shape normalized) {
    if (!v.shape().equals(normalized)) {
      throw new ShapeException(op, name, v.shape(), "it must be " + normalized);
    }
    return v.reshape(normalized.size());
  }

  /**
   * Normalises groups of channels of each sample (Wu and He, 2018).
   *
   * <p><b>Forward</b> y = (x − mean)/√(variance + ε)·γ + β, statistics over a group of channels and
   * all that follows, γ and β by channel. <b>Backward</b> as {@link #layerNorm}. <b>Shapes</b> x
   * [n, c, …], γ and β [c]. <b>Saved</b> as {@link #layerNorm}.
   *
   * @param groups divides the channels
   * @param gamma γ, or null for 1
   * @param beta β, or null for 0; null if γ is
   * @throws ShapeException if x has fewer than 2 axes, or γ or β is not [c]
   * @throws ArgumentException if groups do not divide the channels
   */
  public static Variable groupNorm(
      Variable x, int groups, @Nullable Variable gamma, @Nullable Variable beta, double epsilon) {
    Shape shape = x.shape();
    if (shape.rank() < 2) {
      throw new ShapeException("group_norm", "x", shape, "it must be [batch, channels, ...]");
    }
    int channels = shape.dim(1);
    if (groups < 1 || channels % groups != 0) {
      throw new ArgumentException(
          "group_norm", "groups", groups, "it must divide the " + channels + " channels");
    }
    int rows = shape.dim(0) * groups;
    int columns = rows == 0 ? channels / groups : shape.size() / rows;
    Row row = new Row("group_norm", true, epsilon);
    Variable y = Graph.apply(row, x.reshape(rows, columns)).reshape(shape.toArray());
    if (gamma != null) {
      y = y.mul(byChannel("gamma", gamma, shape));
    }
    return beta == null ? y : y.add(byChannel("beta", beta, shape));
  }

  private static Variable byChannel(String name, Variable v, Shape x) {
    if (v.shape().rank() != 1 || v.shape().dim(0) != x.dim(1)) {
      throw new ShapeException(
          "group_norm", name, v.shape(), "it must be [" + x.dim(1) + "], one number a channel");
    }
    int[] dims = new int[x.rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = x.dim(1);
    return v.reshape(dims);
  }

  /**
   * Normalises each channel of each sample (Ulyanov, Vedaldi and Lempitsky, 2016): {@link
   * #groupNorm} with a group a channel.
   *
   * @param gamma γ [c], or null for 1
   * @param beta β [c], or null for 0; null if γ is
   * @throws ShapeException as {@link #groupNorm}
   */
  public static Variable instanceNorm(
      Variable x, @Nullable Variable gamma, @Nullable Variable beta, double epsilon) {
    int groups = x.shape().rank() < 2 ? 1 : Math.max(1, x.shape().dim(1));
    return groupNorm(x, groups, gamma, beta, epsilon);
  }

  /** Normalises rows; keeps their statistics between forward and vjp. */
  private static final class Row implements Op.Differentiable {
    private final String name;
    private final boolean centred;
    private final double epsilon;
    private @Nullable Tensor mean;
    private @Nullable Tensor rstd;

    Row(String name, boolean centred, double epsilon) {
      this.name = name;
      this.centred = centred;
      this.epsilon = epsilon;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Shape rows = Shape.of(x.dim(0));
      Tensor m = Tensor.result(x.device(), x.dtype(), rows);
      Tensor r = Tensor.result(x.device(), x.dtype(), rows);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      Tensor gamma = inputs.length > 1 ? Views.compact(inputs[1]) : null;
      Tensor beta = inputs.length > 2 ? Views.compact(inputs[2]) : null;
      kernels.norms().rowNorm(x, gamma, beta, centred, epsilon, y, m, r);
      mean = m;
      rstd = r;
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return v.createGraph() ? composed(v) : fused(v);
    }

    private @Nullable Variable[] fused(Vjp v) {
      Tensor x = Views.compact(v.input(0).value());
      Tensor gamma = v.count() > 1 ? Views.compact(v.input(1).value()) : null;
      Tensor dx = Vjp.like(x);
      Tensor dgamma = gamma == null ? null : Vjp.like(gamma);
      Tensor dbeta = gamma == null || v.count() < 3 ? null : Vjp.like(gamma);
      Tensor m = Objects.requireNonNull(mean);
      Tensor r = Objects.requireNonNull(rstd);
      Tensor dy = Views.compact(v.dy().value());
      v.kernels().norms().rowNormGradient(x, m, r, gamma, centred, dy, dx, dgamma, dbeta);
      if (dgamma == null) {
        return Vjp.gradients(Variable.of(dx));
      }
      return dbeta == null
          ? Vjp.gradients(Variable.of(dx), Variable.of(dgamma))
          : Vjp.gradients(Variable.of(dx), Variable.of(dgamma), Variable.of(dbeta));
    }

    /** The same gradients from differentiable ops; the statistics are functions of x again. */
    private @Nullable Variable[] composed(Vjp v) {
      Variable x = v.input(0);
      Variable dy = v.dy();
      Variable middle = centred ? x.sub(rowMean(x)) : x;
      Variable scale = Elementwise.unary(UnaryOp.RSQRT, rowMean(middle.square()).add(epsilon));
      Variable normal = middle.mul(scale);
      Variable g = v.count() > 1 ? dy.mul(v.input(1)) : dy;
      Variable inner = g.sub(normal.mul(rowMean(g.mul(normal))));
      Variable dx = (centred ? inner.sub(rowMean(g)) : inner).mul(scale);
      if (v.count() == 1) {
        return Vjp.gradients(dx);
      }
      Variable dgamma = Reductions.sum(dy.mul(normal), 0);
      return v.count() == 2
          ? Vjp.gradients(dx, dgamma)
          : Vjp.gradients(dx, dgamma, Reductions.sum(dy, 0));
    }

    private static Variable rowMean(Variable x) {
      return Reductions.keepAxes(Reductions.mean(x, 1), x.shape(), 1);
    }
  }
}
