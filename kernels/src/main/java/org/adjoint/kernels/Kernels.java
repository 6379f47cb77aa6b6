package org.adjoint.kernels;

/**
 * What a backend computes, family by family. A backend is complete: no method is unsupported. Every
 * result is a function of the arguments alone, whatever the number of threads.
 */
public interface Kernels {
  /** Returns the element-wise kernels. */
  ElementwiseKernels elementwise();

  /** Returns the reductions. */
  ReductionKernels reductions();

  /** Returns the matrix products. */
  MatmulKernels matmul();

  /** Returns convolution and pooling. */
  ConvolutionKernels convolutions();

  /** Returns softmax and cross-entropy. */
  SoftmaxKernels softmax();

  /** Returns the normalisations. */
  NormKernels norms();

  /** Returns gathering and scattering. */
  IndexingKernels indexing();

  /** Returns the random draws. */
  RandomKernels random();

  /** Returns the optimizer updates. */
  UpdateKernels updates();

  /**
   * Returns the name of the class that serves a family, as shown by {@code check} and {@code
   * doctor}.
   *
   * @param family the family
   */
  default String implementation(Family family) {
    Object kernels =
        switch (family) {
          case ELEMENTWISE -> elementwise();
          case REDUCTIONS -> reductions();
          case MATMUL -> matmul();
          case CONVOLUTIONS -> convolutions();
          case SOFTMAX -> softmax();
          case NORMS -> norms();
          case INDEXING -> indexing();
          case RANDOM -> random();
          case UPDATES -> updates();
        };
    return kernels.getClass().getSimpleName();
  }

  /** The families of kernels, in the order of the methods above. */
  enum Family {
    /** {@link ElementwiseKernels}. */
    ELEMENTWISE,
    /** {@link ReductionKernels}. */
    REDUCTIONS,
    /** {@link MatmulKernels}. */
    MATMUL,
    /** {@link ConvolutionKernels}. */
    CONVOLUTIONS,
    /** {@link SoftmaxKernels}. */
    SOFTMAX,
    /** {@link NormKernels}. */
    NORMS,
    /** {@link IndexingKernels}. */
    INDEXING,
    /** {@link RandomKernels}. */
    RANDOM,
    /** {@link UpdateKernels}. */
    UPDATES
  }
}
