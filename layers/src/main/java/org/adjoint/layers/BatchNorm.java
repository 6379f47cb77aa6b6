package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015): y = γ · (x − mean)/√(variance + ε) + β, a channel
 * at a time.
 *
 * <p>In training mode mean and (biased) variance are those of the batch, and the running ones move
 * towards them: r ← (1 − momentum)·r + momentum·statistic, with the unbiased variance. In
 * evaluation mode the running ones are used.
 *
 * <p><b>Shapes</b> x and y [batch, channels, …]; parameters {@code weight} γ and {@code bias} β,
 * buffers {@code running_mean} and {@code running_var}, all [channels].
 */
public final class BatchNorm extends Layer {
  private static final Expr MOVE =
      Expr.parameter(0).times(Expr.operand(0)).plus(Expr.parameter(1).times(Expr.operand(1)));

  private final int channels;
  private final double momentum;
  private final double epsilon;
  private final Parameter gamma;
  private final Parameter beta;
  private final Tensor mean;
  private final Tensor variance;

  /** Creates the layer with momentum 0.1 and ε = 1e-5. */
  public BatchNorm(Setup setup, int channels) {
    this(setup, channels, 0.1, 1e-5);
  }

  /**
   * Creates the layer.
   *
   * @param setup where the parameters live; γ starts as 1, β as 0
   * @param channels extent of axis 1
   * @param momentum weight of the newest statistics, in [0, 1]
   * @param epsilon added to the variance, more than 0
   * @throws ArgumentException if a value is outside its range
   */
  public BatchNorm(Setup setup, int channels, double momentum, double epsilon) {
    Checks.atLeast("batch_norm", "channels", channels, 1);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentException("batch_norm", "momentum", momentum, "it must be in [0, 1]");
    }
    if (!(epsilon > 0)) {
      throw new ArgumentException("batch_norm", "epsilon", epsilon, "it must be more than 0");
    }
    this.channels = channels;
    this.momentum = momentum;
    this.epsilon = epsilon;
    gamma = parameter("weight", setup.filled(1, channels));
    beta = parameter("bias", setup.filled(0, channels));
    mean = buffer("running_mean", setup.filled(0, channels));
    variance = buffer("running_var", setup.filled(1, channels));
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException also if a training batch has a single value a channel, which has no
   *     unbiased variance
   */
  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() < 2 || x.shape().dim(1) != channels) {
      throw new ShapeException(
          "batch_norm", "x", x.shape(), "this layer takes [batch, " + channels + ", ...]");
    }
    if (!isTraining()) {
      return Norms.batchNormInference(
          x, mean, variance, gamma.variable(), beta.variable(), epsilon);
    }
    int count = x.value().size() / channels;
    if (count < 2) {
      throw new ShapeException(
          "batch_norm",
          "x",
          x.shape(),
          "training needs more than one value a channel; use a larger batch or eval()");
    }
    Norms.BatchNormResult result = Norms.batchNorm(x, gamma.variable(), beta.variable(), epsilon);
    move(mean, result.mean(), 1);
    move(variance, result.variance(), count / (count - 1.0));
    return result.y();
  }

  private void move(Tensor running, Tensor newest, double correction) {
    ElementwiseKernels kernels = Backends.kernels(running.device()).elementwise();
    kernels.map(MOVE, new double[] {1 - momentum, momentum * correction}, running, running, newest);
  }

  @Override
  public String toString() {
    return "BatchNorm(" + channels + ")";
  }
}
