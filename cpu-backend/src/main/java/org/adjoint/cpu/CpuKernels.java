package org.adjoint.cpu;

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

/** The families of this backend, unchecked. */
final class CpuKernels implements Kernels {
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

  CpuKernels() {
    LoopCompiler loops = LoopCompiler.preferred();
    FloatRows rows = FloatRows.best();
    RowLoops plain = RowLoops.best();
    elementwise = new CpuElementwise(loops);
    reductions = new CpuReductions(loops);
    matmul = new CpuMatmul();
    convolutions = new CpuConvolution();
    ExpLoop exp = new ExpLoop(loops);
    softmax = new CpuSoftmax(rows, plain, exp);
    attention = new CpuAttention(rows, plain, exp, Draws.best());
    norms = new CpuNorms(rows, plain);
    recurrent = new CpuRecurrent(loops);
    indexing = new CpuIndexing();
    random = new CpuRandom(Draws.best());
    updates = new CpuUpdates(loops);
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
}
