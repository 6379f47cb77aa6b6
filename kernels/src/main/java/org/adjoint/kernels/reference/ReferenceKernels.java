package org.adjoint.kernels.reference;

import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.IndexingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.kernels.NormKernels;
import org.adjoint.kernels.RandomKernels;
import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.kernels.UpdateKernels;

/**
 * The reference's kernels without checks, on any tensors in heap memory: what a backend calls for a
 * kernel of which it has no faster form.
 */
public final class ReferenceKernels implements Kernels {
  private final ElementwiseKernels elementwise = new ReferenceElementwise();
  private final ReductionKernels reductions = new ReferenceReductions();
  private final MatmulKernels matmul = new ReferenceMatmul();
  private final ConvolutionKernels convolutions = new ReferenceConvolutions();
  private final SoftmaxKernels softmax = new ReferenceSoftmax();
  private final AttentionKernels attention = new ReferenceAttention();
  private final NormKernels norms = new ReferenceNorms();
  private final RecurrentKernels recurrent = new ReferenceRecurrent();
  private final IndexingKernels indexing = new ReferenceIndexing();
  private final RandomKernels random = new ReferenceRandom();
  private final UpdateKernels updates = new ReferenceUpdates();

  /** Creates the kernels; they have no state. */
  public ReferenceKernels() {}

  @Override
  public ElementwiseKernels elementwise() {
    return elementwise;
  }

  @Override
  public ReductionKernels reductions() {
    return reductions;
  }

  @Override
  public MatmulKernels matmul() {
    return matmul;
  }

  @Override
  public ConvolutionKernels convolutions() {
    return convolutions;
  }

  @Override
  public SoftmaxKernels softmax() {
    return softmax;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public NormKernels norms() {
    return norms;
  }

  @Override
  public RecurrentKernels recurrent() {
    return recurrent;
  }

  @Override
  public IndexingKernels indexing() {
    return indexing;
  }

  @Override
  public RandomKernels random() {
    return random;
  }

  @Override
  public UpdateKernels updates() {
    return updates;
  }
}
