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

  /** Returns attention. */
  AttentionKernels attention();

  /** Returns the normalisations. */
  NormKernels norms();

  /** Returns recurrent networks over sequences. */
  RecurrentKernels recurrent();

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
    return of(this, family).getClass().getSimpleName();
  }

  /** Returns the kernels of a family. */
  static Object of(Kernels kernels, Family family) {
    return switch (family) {
      case ELEMENTWISE -> kernels.elementwise();
      case REDUCTIONS -> kernels.reductions();
      case MATMUL -> kernels.matmul();
      case CONVOLUTIONS -> kernels.convolutions();
      case SOFTMAX -> kernels.softmax();
      case ATTENTION -> kernels.attention();
      case NORMS -> kernels.norms();
      case RECURRENT -> kernels.recurrent();
      case INDEXING -> kernels.indexing();
      case RANDOM -> kernels.random();
      case UPDATES -> kernels.updates();
    };
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
    /** {@link AttentionKernels}. */
    ATTENTION,
    /** {@link NormKernels}. */
    NORMS,
    /** {@link RecurrentKernels}. */
    RECURRENT,
    /** {@link IndexingKernels}. */
    INDEXING,
    /** {@link RandomKernels}. */
    RANDOM,
    /** {@link UpdateKernels}. */
    UPDATES
  }
}
