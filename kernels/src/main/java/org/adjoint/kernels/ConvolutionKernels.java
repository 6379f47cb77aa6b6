package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution and pooling over tensors [batch, channels, height, width]. All
 * tensors are contiguous; no result is an operand.
 */
public interface ConvolutionKernels {
  /**
   * y[n, o, i, j] = bias[o] + Σ_{c,p,q} x[n, c, i·s + p·d − pad, j·s + q·d − pad] · w[o, c, p, q],
   * where x is 0 in its padding.
   *
   * @param x [batch, inChannels, H, W]
   * @param w [outChannels, inChannels / groups, kernelH, kernelW]
   * @param bias [outChannels], or null
   * @param spec the geometry
   * @param y [batch, outChannels, H′, W′], with {@link Conv2dSpec#extent}
   */
  void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y);

  /** dx = the sum of dy · w over all taps that read an element of x (a transposed convolution). */
  void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx);

  /** dw = the sum of dy · x over the batch and all positions. */
  void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw);

  /**
   * y = the maximum of each window; {@code index} (int32, the shape of y) receives its position h·W
   * + w in the input plane, the first of equals in row-major order. NaN is larger than anything.
   *
   * @param y [batch, channels, H′, W′], with {@link Pool2dSpec#outH} and {@link Pool2dSpec#outW}
   */
  void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index);

  /** dx = 0 except that each dy is added at the position that {@code index} names in its plane. */
  void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx);

  /** y = the sum of each window divided by its size; what lies outside of x is 0. */
  void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y);

  /** dx = each dy divided by the window's size, added to every element of its window. */
  void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx);
}
