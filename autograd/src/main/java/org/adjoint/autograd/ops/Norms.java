package org.adjoint.autograd.ops;

import java.util.Arrays;
import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Batch normalisation (Ioffe and Szegedy, 2015). */
public final class Norms {
  /** x/(k + α·m)^β; parameters α, β, k. */
  private static final Expr RESPONSE =
      Expr.x()
          .over(
              Expr.fma(Expr.parameter(0), Expr.operand(1), Expr.parameter(2))
                  .with(Expr.Operator.POW, Expr.parameter(1)));

  private Norms() {}

  /**
   * A normalised batch and the statistics that it was normalised with.
   *
   * @param y the result
   * @param mean the mean of each channel, [channels]
   * @param variance the biased variance of each channel, [channels]
   */
  public record BatchNormResult(Variable y, Tensor mean, Tensor variance) {}

  /**
   * Normalises each channel by the mean and variance of this batch.
   *
   * <p><b>Forward</b> y = γ·(x − mean)/√(variance + ε) + β, statistics over all axes but 1.
   * <b>Backward</b> with x̂ the normalised x and m elements a channel: dβ = Σ dy, dγ = Σ dy·x̂, dx
   * = γ/√(variance + ε)·(dy − dβ/m − x̂·dγ/m). <b>Shapes</b> x [n, c, …], γ and β [c]. <b>Saved</b>
   * x, mean, variance.
   *
   * @throws ShapeException if x has fewer than 2 axes, γ or β is not [c], or a channel is empty
   */
  public static BatchNormResult batchNorm(
      Variable x, Variable gamma, Variable beta, double epsilon) {
    BatchNorm op = new BatchNorm(epsilon);
    Variable y = Graph.apply(op, x, gamma, beta);
    return new BatchNormResult(
        y, Objects.requireNonNull(op.mean), Objects.requireNonNull(op.variance));
  }

  /**
   * Normalises each channel by given statistics, as at inference: y = γ·(x − mean)/√(variance + ε)
   * + β.
   */
  public static Variable batchNormInference(
      Variable x, Tensor mean, Tensor variance, Variable gamma, Variable beta, double epsilon) {
    return Graph.apply(new Inference(mean, variance, epsilon), x, gamma, beta);
  }

  /**
   * Divides each element by what its neighbours among the channels have (Krizhevsky, Sutskever and
   * Hinton, 2012).
   *
   * <p><b>Forward</b> y[c] = x[c]/(k + α/size·Σ x[c′]²)^β over the {@code size} channels around c,
   * half of them, rounded down, before it. <b>Backward</b> that of its parts. <b>Shapes</b> [n, c,
   * …], y like x. <b>Saved</b> x and the means.
   *
   * @throws ShapeException if x has fewer than 2 axes
   * @throws org.adjoint.tensor.ArgumentException if size is less than 1
   */
  public static Variable localResponseNorm(
      Variable x, int size, double alpha, double beta, double k) {
    Shape s = x.shape();
    if (s.rank() < 2) {
      throw new ShapeException("local_response_norm", "x", s, "it must be [batch, channels, ...]");
    }
    Pool2dSpec window = new Pool2dSpec(size, 1, 1, 1, 0, 0);
    int rest = 1;
    for (int a = 2; a < s.rank(); a++) {
      rest *= s.dim(a);
    }
    Variable squares = x.square().reshape(s.dim(0), 1, s.dim(1), rest);
    Variable padded = Repeats.padConstant(squares, 0, 0, 0, size / 2, (size - 1) / 2);
    Variable means = Views.reshape(Pooling.avgPool2d(padded, window), s);
    return Elementwise.map(
        "local_response_norm", RESPONSE, new double[] {alpha, beta, k}, x, means);
  }

  /** Views x as [n, channels, everything else]. */
  private static Tensor planes(Tensor x) {
    if (x.rank() < 2) {
      throw new ShapeException("batch_norm", "x", x.shape(), "it must be [batch, channels, ...]");
    }
    Tensor dense = Views.compact(x);
    return x.rank() == 2
        ? dense.reshape(x.shape().insert(2, 1))
        : dense.reshape(x.shape().merge(2, x.rank() - 1));
  }

  /** Returns a per-channel variable in a shape that broadcasts over x. */
  private static Variable channels(Variable v, Shape x) {
    int[] dims = new int[x.rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = v.shape().dim(0);
    return v.reshape(dims);
  }

  private static int[] allButChannels(Shape x) {
    int[] axes = new int[x.rank() - 1];
    for (int a = 2; a < x.rank(); a++) {
      axes[a - 1] = a;
    }
    return axes;
  }

  private static Variable normalised(Variable x, Variable mean, Variable variance, double epsilon) {
    Variable scale = Elementwise.unary(UnaryOp.RSQRT, variance.add(epsilon));
    return x.sub(channels(mean, x.shape())).mul(channels(scale, x.shape()));
  }

  /** Keeps the statistics between forward and vjp. */
  private static final class BatchNorm implements Op.Differentiable {
    private final double epsilon;
    private @Nullable Tensor mean;
    private @Nullable Tensor variance;

    BatchNorm(double epsilon) {
      this.epsilon = epsilon;
    }

    @Override
    public String name() {
      return "batch_norm";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = planes(inputs[0]);
      Shape channels = Shape.of(x.dim(1));
      Tensor m = Tensor.result(x.device(), x.dtype(), channels);
      Tensor s = Tensor.result(x.device(), x.dtype(), channels);
      kernels.norms().batchStatistics(x, m, s);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      kernels
          .norms()
          .batchNorm(x, m, s, Views.compact(inputs[1]), Views.compact(inputs[2]), epsilon, y);
      mean = m;
      variance = s;
      return y.reshape(inputs[0].shape());
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return v.createGraph() ? composed(v) : fused(v);
    }

    private @Nullable Variable[] fused(Vjp v) {
      Tensor x = planes(v.input(0).value());
      Tensor gamma = Views.compact(v.input(1).value());
      Tensor dx = Vjp.like(x);
      Tensor dgamma = Vjp.like(gamma);
      Tensor dbeta = Vjp.like(gamma);
      v.kernels()
          .norms()
          .batchNormGradient(
              x,
              Objects.requireNonNull(mean),
              Objects.requireNonNull(variance),
              gamma,
              epsilon,
              planes(v.dy().value()),
              dx,
              dgamma,
              dbeta);
      return Vjp.gradients(
          Variable.of(dx.reshape(v.input(0).shape())), Variable.of(dgamma), Variable.of(dbeta));
    }

    /** The same gradients from differentiable ops; the statistics are functions of x again. */
    private @Nullable Variable[] composed(Vjp v) {
      Variable x = v.input(0);
      Variable gamma = v.input(1);
      Variable dy = v.dy();
      int[] axes = allButChannels(x.shape());
      Variable m = Reductions.mean(x, axes);
      Variable centred = x.sub(channels(m, x.shape()));
      Variable s = Reductions.mean(centred.square(), axes);
      Variable xHat = normalised(x, m, s, epsilon);
      Variable dbeta = Reductions.sum(dy, axes);
      Variable dgamma = Reductions.sum(dy.mul(xHat), axes);
      double count = (double) x.value().size() / x.shape().dim(1);
      Variable slope = gamma.mul(Elementwise.unary(UnaryOp.RSQRT, s.add(epsilon)));
      Variable dx =
          dy.sub(channels(dbeta.mul(1 / count), x.shape()))
              .sub(xHat.mul(channels(dgamma.mul(1 / count), x.shape())))
              .mul(channels(slope, x.shape()));
      return Vjp.gradients(dx, dgamma, dbeta);
    }
  }

  /** With given statistics the map is affine in x, γ and β. */
  private record Inference(Tensor mean, Tensor variance, double epsilon)
      implements Op.Differentiable {
    @Override
    public String name() {
      return "batch_norm_inference";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = planes(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      kernels
          .norms()
          .batchNorm(
              x, mean, variance, Views.compact(inputs[1]), Views.compact(inputs[2]), epsilon, y);
      return y.reshape(inputs[0].shape());
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      Variable dy = v.dy();
      int[] axes = allButChannels(x.shape());
      Variable s = Variable.of(variance);
      Variable slope = v.input(1).mul(Elementwise.unary(UnaryOp.RSQRT, s.add(epsilon)));
      return Vjp.gradients(
          v.needs(0) ? dy.mul(channels(slope, x.shape())) : null,
          v.needs(1)
              ? Reductions.sum(dy.mul(normalised(x, Variable.of(mean), s, epsilon)), axes)
              : null,
          v.needs(2) ? Reductions.sum(dy, axes) : null);
    }
  }
}
