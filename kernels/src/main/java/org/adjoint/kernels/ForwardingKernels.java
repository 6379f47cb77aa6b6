package org.adjoint.kernels;

import java.util.IdentityHashMap;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that hand every call on to others, for {@link UserKernel}s that replace one family, and
 * within it one operation:
 *
 * <pre>{@code
 * public Kernels over(Kernels kernels) {
 *   return new ForwardingKernels(kernels) {
 *     @Override
 *     public SoftmaxKernels softmax() {
 *       return new ForwardingKernels.Softmax(kernels.softmax()) {
 *         @Override
 *         public void softmax(Tensor x, Tensor y) { … }
 *       };
 *     }
 *   };
 * }
 * }</pre>
 *
 * <p>Calls that a backend binds or joins ahead of time ({@link ElementwiseKernels#bindMap}, {@link
 * ElementwiseKernels#joins}) are not handed on: they arrive one by one, so that none passes by what
 * is replaced.
 */
public abstract class ForwardingKernels implements Kernels {
  private final Kernels to;

  /** Forwards to kernels. */
  protected ForwardingKernels(Kernels to) {
    this.to = to;
  }

  @Override
  public ElementwiseKernels elementwise() {
    return to.elementwise();
  }

  @Override
  public ReductionKernels reductions() {
    return to.reductions();
  }

  @Override
  public MatmulKernels matmul() {
    return to.matmul();
  }

  @Override
  public ConvolutionKernels convolutions() {
    return to.convolutions();
  }

  @Override
  public SoftmaxKernels softmax() {
    return to.softmax();
  }

  @Override
  public AttentionKernels attention() {
    return to.attention();
  }

  @Override
  public NormKernels norms() {
    return to.norms();
  }

  @Override
  public RecurrentKernels recurrent() {
    return to.recurrent();
  }

  @Override
  public IndexingKernels indexing() {
    return to.indexing();
  }

  @Override
  public RandomKernels random() {
    return to.random();
  }

  @Override
  public UpdateKernels updates() {
    return to.updates();
  }

  /** Returns the simple name of the class; of a lambda or an inner class, with the class around. */
  @Override
  public String implementation(Family family) {
    Object kernels = Kernels.of(this, family);
    if (kernels == Kernels.of(to, family)) {
      return to.implementation(family);
    }
    String name = kernels.getClass().getName();
    String outside = name.contains("$$") ? name.substring(0, name.indexOf("$$")) : name;
    return outside.substring(outside.lastIndexOf('.') + 1);
  }

  /**
   * Element-wise kernels that forward every call; but an expression that is a single operation,
   * which is how a replay asks for one, goes to {@link #unary} or {@link #binary}. These must
   * therefore not call {@code map} of the same object.
   */
  public abstract static class Elementwise implements ElementwiseKernels {
    private static final IdentityHashMap<Expr, UnaryOp> UNARY = new IdentityHashMap<>();
    private static final IdentityHashMap<Expr, BinaryOp> BINARY = new IdentityHashMap<>();

    static {
      for (UnaryOp op : UnaryOp.values()) {
        UNARY.put(op.value(), op);
      }
      for (BinaryOp op : BinaryOp.values()) {
        BINARY.put(op.value(), op);
      }
    }

    private final ElementwiseKernels to;

    /** Forwards to kernels. */
    protected Elementwise(ElementwiseKernels to) {
      this.to = to;
    }

    @Override
    public void fill(double value, Tensor out) {
      to.fill(value, out);
    }

    @Override
    public void copy(Tensor x, Tensor out) {
      to.copy(x, out);
    }

    @Override
    public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
      to.unary(op, x, alpha, beta, out);
    }

    @Override
    public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
      to.binary(op, a, b, out);
    }

    @Override
    public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
      to.where(condition, a, b, out);
    }

    @Override
    public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
      UnaryOp unary = UNARY.get(f);
      BinaryOp binary = BINARY.get(f);
      if (unary != null) {
        double alpha = unary.parameters() > 0 ? parameters[0] : 0;
        unary(unary, operands[0], alpha, unary.parameters() > 1 ? parameters[1] : 0, out);
      } else if (binary != null) {
        binary(binary, operands[0], operands[1], out);
      } else {
        to.map(f, parameters, out, operands);
      }
    }

    @Override
    public LoopListing describe(Expr f, DType dtype, boolean... broadcast) {
      return to.describe(f, dtype, broadcast);
    }
  }

  /** Reductions that forward every call. */
  public abstract static class Reduction implements ReductionKernels {
    private final ReductionKernels to;

    /** Forwards to kernels. */
    protected Reduction(ReductionKernels to) {
      this.to = to;
    }

    @Override
    public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
      to.reduce(op, x, axis, out);
    }

    @Override
    public void mapReduce(
        ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
      to.mapReduce(op, f, parameters, axis, out, operands);
    }

    @Override
    public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
      to.argReduce(largest, x, axis, out);
    }

    @Override
    public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
      to.scan(op, reverse, x, axis, out);
    }
  }

  /** Convolutions and pooling that forward every call. */
  public abstract static class Convolution implements ConvolutionKernels {
    private final ConvolutionKernels to;

    /** Forwards to kernels. */
    protected Convolution(ConvolutionKernels to) {
      this.to = to;
    }

    @Override
    public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
      to.conv2d(x, w, bias, spec, y);
    }

    @Override
    public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
      to.conv2dInputGradient(dy, w, spec, dx);
    }

    @Override
    public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
      to.conv2dWeightGradient(x, dy, spec, dw);
    }

    @Override
    public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
      to.maxPool2d(x, spec, y, index);
    }

    @Override
    public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
      to.maxPool2dGradient(dy, index, dx);
    }

    @Override
    public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
      to.avgPool2d(x, spec, y);
    }

    @Override
    public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
      to.avgPool2dGradient(dy, spec, dx);
    }
  }

  /** Softmax kernels that forward every call. */
  public abstract static class Softmax implements SoftmaxKernels {
    private final SoftmaxKernels to;

    /** Forwards to kernels. */
    protected Softmax(SoftmaxKernels to) {
      this.to = to;
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
      to.softmax(x, y);
    }

    @Override
    public void logSoftmax(Tensor x, Tensor y) {
      to.logSoftmax(x, y);
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      to.softmaxGradient(y, dy, dx);
    }

    @Override
    public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      to.logSoftmaxGradient(y, dy, dx);
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
      to.crossEntropy(logits, labels, logProbabilities, losses);
    }

    @Override
    public void crossEntropyGradient(
        Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
      to.crossEntropyGradient(logProbabilities, labels, dlosses, dlogits);
    }
  }

  /** Attention that forwards every call. */
  public abstract static class Attention implements AttentionKernels {
    private final AttentionKernels to;

    /** Forwards to kernels. */
    protected Attention(AttentionKernels to) {
      this.to = to;
    }

    @Override
    public void attention(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable Tensor mask,
        @Nullable Tensor key,
        AttentionSpec spec,
        Tensor y,
        Tensor lse) {
      to.attention(q, k, v, mask, key, spec, y, lse);
    }

    @Override
    public void attentionGradient(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable Tensor mask,
        @Nullable Tensor key,
        AttentionSpec spec,
        Tensor y,
        Tensor lse,
        Tensor dy,
        Tensor dq,
        Tensor dk,
        Tensor dv) {
      to.attentionGradient(q, k, v, mask, key, spec, y, lse, dy, dq, dk, dv);
    }
  }

  /** Normalisations that forward every call. */
  public abstract static class Norm implements NormKernels {
    private final NormKernels to;

    /** Forwards to kernels. */
    protected Norm(NormKernels to) {
      this.to = to;
    }

    @Override
    public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
      to.batchStatistics(x, mean, variance);
    }

    @Override
    public void batchNorm(
        Tensor x,
        Tensor mean,
        Tensor variance,
        Tensor gamma,
        Tensor beta,
        double epsilon,
        Tensor y) {
      to.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
    }

    @Override
    public void batchNormGradient(
        Tensor x,
        Tensor mean,
        Tensor variance,
        Tensor gamma,
        double epsilon,
        Tensor dy,
        Tensor dx,
        Tensor dgamma,
        Tensor dbeta) {
      to.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
    }

    @Override
    public void rowNorm(
        Tensor x,
        @Nullable Tensor gamma,
        @Nullable Tensor beta,
        boolean centred,
        double epsilon,
        Tensor y,
        Tensor mean,
        Tensor rstd) {
      to.rowNorm(x, gamma, beta, centred, epsilon, y, mean, rstd);
    }

    @Override
    public void rowNormGradient(
        Tensor x,
        Tensor mean,
        Tensor rstd,
        @Nullable Tensor gamma,
        boolean centred,
        Tensor dy,
        Tensor dx,
        @Nullable Tensor dgamma,
        @Nullable Tensor dbeta) {
      to.rowNormGradient(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
    }
  }

  /** Gathering and scattering that forward every call. */
  public abstract static class Indexing implements IndexingKernels {
    private final IndexingKernels to;

    /** Forwards to kernels. */
    protected Indexing(IndexingKernels to) {
      this.to = to;
    }

    @Override
    public void gather(Tensor x, int axis, Tensor index, Tensor out) {
      to.gather(x, axis, index, out);
    }

    @Override
    public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
      to.scatterAdd(src, axis, index, out);
    }

    @Override
    public void oneHot(Tensor index, Tensor out) {
      to.oneHot(index, out);
    }

    @Override
    public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
      to.scatter(src, axis, index, out);
    }

    @Override
    public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
      to.indexSelect(x, axis, index, out);
    }

    @Override
    public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
      to.indexAdd(src, axis, index, out);
    }

    @Override
    public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
      to.argSort(descending, x, axis, out);
    }
  }

  /** Random draws that forward every call. */
  public abstract static class Random implements RandomKernels {
    private final RandomKernels to;

    /** Forwards to kernels. */
    protected Random(RandomKernels to) {
      this.to = to;
    }

    @Override
    public void uniform(long seed, long offset, double low, double high, Tensor out) {
      to.uniform(seed, offset, low, high, out);
    }

    @Override
    public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
      to.normal(seed, offset, mean, deviation, out);
    }

    @Override
    public void bernoulli(long seed, long offset, double probability, Tensor out) {
      to.bernoulli(seed, offset, probability, out);
    }

    @Override
    public void permutation(long seed, long offset, Tensor out) {
      to.permutation(seed, offset, out);
    }
  }

  /** Optimizer updates that forward every call. */
  public abstract static class Update implements UpdateKernels {
    private final UpdateKernels to;

    /** Forwards to kernels. */
    protected Update(UpdateKernels to) {
      this.to = to;
    }

    @Override
    public void update(UpdateStep step, Tensor... tensors) {
      to.update(step, tensors);
    }

    @Override
    public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
      to.updateRows(step, index, tensors);
    }
  }
}
