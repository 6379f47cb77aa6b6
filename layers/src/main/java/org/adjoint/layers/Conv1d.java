package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions1d;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of sequences (LeCun et al., 1989): one filter an output channel slides over x.
 *
 * <p><b>Shapes</b> x [batch, in, length] → y [batch, out, length′] with each extent ⌊(n + 2·pad −
 * d·(kernel − 1) − 1)/s⌋ + 1; parameters {@code weight} [out, in/groups, kernel] and {@code bias}
 * [out].
 */
public final class Conv1d extends Layer {
  private final int in;
  private final int out;
  private final int kernel;
  private final int stride;
  private final int padding;
  private final int dilation;
  private final int groups;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates a layer with stride 1, no padding and a bias. */
  public Conv1d(Setup setup, int in, int out, int kernel) {
    this(setup, in, out, kernel, 1, 0, 1, 1, true);
  }

  /**
   * Creates the layer, with equal settings along all axes.
   *
   * @param setup how to make the parameters
   * @param in channels of x
   * @param out channels of y
   * @param kernel extent of a filter
   * @param stride step
   * @param padding zeros added at each end
   * @param dilation distance between filter taps
   * @param groups independent groups of channels
   * @param withBias whether there is a bias
   * @throws ArgumentException if a number is out of range, or groups do not divide the channels
   */
  public Conv1d(
      Setup setup,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean withBias) {
    Checks.convolution("conv1d", in, out, kernel, stride, padding, dilation, groups);
    this.in = in;
    this.out = out;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.groups = groups;
    int taps = kernel;
    int fanIn = in / groups * taps;
    int fanOut = out / groups * taps;
    this.weight = parameter("weight", setup.weight(fanIn, fanOut, out, in / groups, kernel));
    this.bias = withBias ? parameter("bias", setup.bias(fanIn, fanOut, out)) : null;
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() != 3 || x.shape().dim(1) != in) {
      throw new ShapeException(
          "conv1d", "x", x.shape(), "this layer takes [batch, " + in + ", length]");
    }
    Variable b = bias == null ? null : bias.variable();
    return Convolutions1d.conv1d(x, weight.variable(), b, stride, padding, dilation, groups);
  }

  @Override
  public String toString() {
    return "Conv1d("
        + in
        + ", "
        + out
        + ", kernel "
        + kernel
        + ", stride "
        + stride
        + ", padding "
        + padding
        + (bias == null ? ", no bias)" : ")");
  }
}
