package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * Trainable sub-sampling (layers S2 and S4 of LeNet-5; LeCun, Bottou, Bengio and Haffner, 1998):
 * the sum of each window times a coefficient plus a bias, both by channel. A squashing function
 * usually follows.
 *
 * <p><b>Shapes</b> x [batch, channels, h, w] → y [batch, channels, ⌊h/kernel⌋, ⌊w/kernel⌋];
 * parameters {@code weight} and {@code bias} [channels].
 */
public final class Subsampling extends Layer {
  private final int channels;
  private final int kernel;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param channels of x
   * @param kernel extent of the square windows, which do not overlap
   * @throws ArgumentException if a number is less than 1
   */
  public Subsampling(Setup setup, int channels, int kernel) {
    Checks.atLeast("subsampling", "channels", channels, 1);
    Checks.atLeast("subsampling", "kernel", kernel, 1);
    this.channels = channels;
    this.kernel = kernel;
    int taps = kernel * kernel;
    weight = parameter("weight", setup.weight(taps, 1, channels));
    bias = parameter("bias", setup.bias(taps, 1, channels));
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 4 || x.shape().dim(1) != channels) {
      throw new ShapeException(
          "subsampling",
          "x",
          x.shape(),
          "this layer takes [batch, " + channels + ", height, width]");
    }
    Variable mean = Pooling.avgPool2d(x, Pool2dSpec.of(kernel, kernel));
    Variable scale = weight.variable().mul((double) kernel * kernel);
    return mean.mul(scale.reshape(channels, 1, 1)).add(bias.variable().reshape(channels, 1, 1));
  }

  @Override
  public String toString() {
    return "Subsampling(" + channels + ", " + kernel + "x" + kernel + ")";
  }
}
