package org.adjoint.kernels;

import org.adjoint.tensor.Device;

/**
 * Checks every argument once, before anything is written, and then calls the kernels of a backend,
 * which need no checks of their own.
 *
 * <p>Refused, by an {@link org.adjoint.tensor.AdjointException} that names operation, argument,
 * value and remedy: missing tensors, tensors of another device or released ones, dtypes, ranks,
 * shapes and axes that do not fit, results that are not contiguous, results in the memory of an
 * operand (only element-wise kernels and updates work in place), indices and settings out of range.
 *
 * <p>What a backend sees is simpler than what the contracts take:
 *
 * <ul>
 *   <li>no tensor is empty, and no sum is (the neutral element was filled in);
 *   <li>axes are not negative;
 *   <li>operands of element-wise kernels other than copy fit into one {@link RowView}, and overlap
 *       the result only if they are the same view; the operand of a copy has the shape of the
 *       result;
 *   <li>operands of a fused reduction fit into one {@link ReduceView};
 *   <li>a matrix of a product is row-major and dense (its leading dimension is its number of
 *       columns; views transposed by stride arrive with the flag flipped); the batch stride is
 *       {@code layout().stride(0)};
 *   <li>the gradient of the losses of cross-entropy is contiguous or has stride 0;
 *   <li>queries, keys and values of attention have dense rows, its mask may have any strides;
 *   <li>all other operands are contiguous, if need be by a copy into a temporary of the open scope;
 *   <li>indices are in range if they lie on the heap, or {@link Backend#readsIndices}.
 * </ul>
 */
public final class CheckedKernels implements Kernels {
  private final Kernels raw;
  private final CheckedElementwise elementwise;
  private final CheckedReductions reductions;
  private final CheckedMatmul matmul;
  private final CheckedConvolutions convolutions;
  private final CheckedSoftmax softmax;
  private final CheckedAttention attention;
  private final CheckedNorms norms;
  private final CheckedRecurrent recurrent;
  private final CheckedIndexing indexing;
  private final CheckedRandom random;
  private final CheckedUpdates updates;

  /**
   * Wraps the kernels of a backend.
   *
   * @param device the device on which all tensors must be
   * @param raw its kernels, which rely on the checks
   */
  public CheckedKernels(Device device, Kernels raw) {
    this.raw = raw;
    Arguments check = new Arguments(device, raw.elementwise());
    elementwise = new CheckedElementwise(check, raw.elementwise());
    reductions = new CheckedReductions(check, raw.reductions(), raw.elementwise());
    matmul = new CheckedMatmul(check, raw.matmul(), raw.elementwise());
    convolutions = new CheckedConvolutions(check, raw.convolutions(), raw.elementwise());
    softmax = new CheckedSoftmax(check, raw.softmax());
    attention = new CheckedAttention(check, raw.attention(), raw.elementwise());
    norms = new CheckedNorms(check, raw.norms(), raw.elementwise());
    recurrent = new CheckedRecurrent(check, raw.recurrent(), raw.elementwise());
    indexing = new CheckedIndexing(check, raw.indexing());
    random = new CheckedRandom(check, raw.random());
    updates = new CheckedUpdates(check, raw.updates());
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
    return raw.implementation(family);
  }
}
