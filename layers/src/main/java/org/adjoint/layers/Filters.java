package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * What convolutions with equal settings along all axes have in common: their numbers, filters and
 * bias. The fans are PyTorch's: those of the weight's shape, first axis out, second in, times taps.
 */
abstract class Filters extends Layer {
  private static final String[] EXTENTS = {"length", "height, width", "depth, height, width"};

  final int stride;
  final int padding;
  final int dilation;
  final int groups;
  private final String op;
  private final int axes;
  private final int in;
  private final int out;
  private final int kernel;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /**
   * Checks the numbers and makes the parameters.
   *
   * @param op the operation, for messages
   * @param axes how many axes the filters slide along, 1 to 3
   * @param transposed whether the weight is [in, out/groups, …] instead of [out, in/groups, …]
   */
  Filters(
      Setup setup,
      String op,
      int axes,
      boolean transposed,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean withBias) {
    Checks.convolution(op, in, out, kernel, stride, padding, dilation, groups);
    this.op = op;
    this.axes = axes;
    this.in = in;
    this.out = out;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.groups = groups;
    Shape shape = transposed ? Shape.of(in, out / groups) : Shape.of(out, in / groups);
    int taps = 1;
    for (int a = 0; a < axes; a++) {
      shape = shape.insert(shape.rank(), kernel);
      taps *= kernel;
    }
    int fanIn = shape.dim(1) * taps;
    int fanOut = shape.dim(0) * taps;
    weight = parameter("weight", setup.weight(fanIn, fanOut, shape.toArray()));
    bias = withBias ? parameter("bias", setup.bias(fanIn, fanOut, out)) : null;
  }

  /** Returns the filters. */
  public final Parameter weight() {
    return weight;
  }

  /** Returns the bias, or null if there is none. */
  public final @Nullable Parameter bias() {
    return bias;
  }

  @Override
  public final Variable forward(Variable x) {
    if (x.shape().rank() != axes + 2 || x.shape().dim(1) != in) {
      throw new ShapeException(
          op, "x", x.shape(), "this layer takes [batch, " + in + ", " + EXTENTS[axes - 1] + "]");
    }
    return convolve(x, weight.variable(), bias == null ? null : bias.variable());
  }

  /** Computes the layer for operands that fit. */
  abstract Variable convolve(Variable x, Variable w, @Nullable Variable b);

  @Override
  public final String toString() {
    return getClass().getSimpleName()
        + "("
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
