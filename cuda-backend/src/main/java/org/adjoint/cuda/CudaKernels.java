package org.adjoint.cuda;

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

/** The families of this backend, unchecked; those without PTX are the reference's. */
final class CudaKernels implements Kernels {
  private final HostKernels host = new HostKernels();
  private final ElementwiseKernels elementwise;
  private final ReductionKernels reductions;
  private final MatmulKernels matmul;
  private final ConvolutionKernels convolutions;
  private final SoftmaxKernels softmax;
  private final AttentionKernels attention;
  private final NormKernels norms;
  private final RecurrentKernels recurrent;
  private final IndexingKernels indexing;
  private final RandomKernels random;
  private final UpdateKernels updates;

  CudaKernels(CudaDevice device) {
    elementwise =
        new CudaElementwise(device, host.family(ElementwiseKernels.class, Family.ELEMENTWISE));
    reductions = new CudaReductions(device, host.family(ReductionKernels.class, Family.REDUCTIONS));
    Rounding rounding = new Rounding(device);
    matmul =
        rounding.matmul(
            new CudaMatmul(device, elementwise, host.family(MatmulKernels.class, Family.MATMUL)));
    convolutions =
        rounding.convolutions(
            new CudaConvolutions(
                device, reductions, host.family(ConvolutionKernels.class, Family.CONVOLUTIONS)));
    softmax = new CudaSoftmax(device, host.family(SoftmaxKernels.class, Family.SOFTMAX));
    attention = new CudaAttention(device, host.family(AttentionKernels.class, Family.ATTENTION));
    norms =
        new CudaNorms(
            device, elementwise, reductions, host.family(NormKernels.class, Family.NORMS));
    recurrent =
        new CudaRecurrent(
            device, elementwise, matmul, host.family(RecurrentKernels.class, Family.RECURRENT));
    indexing = new CudaIndexing(device, host.family(IndexingKernels.class, Family.INDEXING));
    random = new CudaRandom(device, host.family(RandomKernels.class, Family.RANDOM));
    updates =
        new CudaUpdates(
            device, elementwise, indexing, host.family(UpdateKernels.class, Family.UPDATES));
  }

  /** Returns how many calls the reference has served. */
  long fallbacks() {
    return host.calls();
  }

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

  @Override
  public String implementation(Family family) {
    return HostKernels.name(Kernels.of(this, family));
  }
}
