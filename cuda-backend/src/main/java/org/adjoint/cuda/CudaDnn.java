package org.adjoint.cuda;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's library for networks, on one GPU and in its queue. Its calls take contiguous float32
 * tensors that are not empty, as {@link org.adjoint.kernels.ConvolutionKernels} and {@link
 * org.adjoint.kernels.NormKernels} have them, and queue the same. A call that returns false has
 * done nothing, since the library has no way for this shape.
 *
 * <p>What is not here does not fit the contracts: its max pooling gives no positions, it has no
 * call for the statistics of a batch alone, and its recurrent networks multiply the input
 * themselves and keep of the gates what only they can read.
 */
interface CudaDnn {
  /** How a user does without it. */
  String OPTION = "-Dadjoint.cuda.dnn=ptx";

  /** Returns name, version and how it is called, for {@code doctor}. */
  String describe();

  /** Queues a convolution. */
  boolean convolution(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y);

  /** Queues the gradient of a convolution's input. */
  boolean convolutionInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx);

  /** Queues the gradient of a convolution's weights. */
  boolean convolutionWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw);

  /** Queues the means of windows, padded zeros counted. */
  boolean averagePool(Tensor x, Pool2dSpec spec, Tensor y);

  /** Queues the gradient of {@link #averagePool}. */
  boolean averagePoolGradient(Tensor dy, Pool2dSpec spec, Tensor dx);

  /** Queues y = (x − mean)/√(variance + ε)·γ + β over [n, channels, spatial]. */
  boolean batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y);

  /**
   * Queues the gradients of batch norm in training.
   *
   * @param rstd 1/√(variance + ε)
   */
  boolean batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta);
}
