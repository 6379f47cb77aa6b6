package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Kernels whose products and convolutions see their float32 operands rounded to a {@link
 * Precision}, biases excepted: each operand is copied, and the kernels below compute in float32.
 * That is the arithmetic of tensor cores, not their speed; a backend that has them rounds on the
 * way instead.
 */
public final class RoundedKernels extends ForwardingKernels {
  /** Rounds a tensor. */
  @FunctionalInterface
  public interface Rounding {
    /**
     * out = x, rounded.
     *
     * @param precision to what
     * @param x float32, in any layout
     * @param out float32, contiguous, of the same shape
     */
    void round(Precision precision, Tensor x, Tensor out);
  }

  private final MatmulKernels matmul;
  private final ConvolutionKernels convolutions;

  /**
   * Rounds before others.
   *
   * @param to who computes
   * @param precision what operands are rounded to
   * @param rounding who rounds
   */
  public RoundedKernels(Kernels to, Precision precision, Rounding rounding) {
    super(to);
    Operands operands = new Operands(precision, rounding);
    matmul = new RoundedMatmul(to.matmul(), operands);
    convolutions = new RoundedConvolutions(to.convolutions(), operands);
  }

  /** Rounds before others whose tensors lie on the heap. */
  public static Kernels onHeap(Kernels to, Precision precision) {
    return precision == Precision.FLOAT32
        ? to
        : new RoundedKernels(to, precision, RoundedKernels::round);
  }

  /**
   * Returns convolutions that round before others.
   *
   * @param to who computes
   * @param precision what operands are rounded to
   * @param rounding who rounds
   */
  public static ConvolutionKernels convolutions(
      ConvolutionKernels to, Precision precision, Rounding rounding) {
    return new RoundedConvolutions(to, new Operands(precision, rounding));
  }

  /**
   * Returns products that round before others.
   *
   * @param to who computes
   * @param precision what operands are rounded to
   * @param rounding who rounds
   */
  public static MatmulKernels matmul(MatmulKernels to, Precision precision, Rounding rounding) {
    return new RoundedMatmul(to, new Operands(precision, rounding));
  }

  @Override
  public MatmulKernels matmul() {
    return matmul;
  }

  @Override
  public ConvolutionKernels convolutions() {
    return convolutions;
  }

  private static void round(Precision precision, Tensor x, Tensor out) {
    float[] from = ((HeapStorage) x.storage()).floats();
    float[] to = ((HeapStorage) out.storage()).floats();
    int at = out.layout().offset();
    if (x.isContiguous()) {
      int start = x.layout().offset();
      for (int i = 0; i < out.size(); i++) {
        to[at + i] = precision.round(from[start + i]);
      }
      return;
    }
    int[] positions = x.layout().positions();
    for (int i = 0; i < positions.length; i++) {
      to[at + i] = precision.round(from[positions[i]]);
    }
  }

  /**
   * How operands are rounded.
   *
   * @param precision to what
   * @param rounding by whom
   */
  private record Operands(Precision precision, Rounding rounding) {
    Tensor rounded(Tensor x) {
      if (x.dtype() != DType.F32) {
        return x;
      }
      if (x.rank() == 3 && x.dim(0) > 1 && x.layout().stride(0) == 0) {
        // One matrix for a whole batch stays one.
        return rounded(x.slice(0, 0, 1)).expand(x.shape());
      }
      Tensor result = Tensor.result(x.device(), DType.F32, x.shape());
      if (x.size() > 0) {
        rounding.round(precision, x, result);
      }
      return result;
    }
  }

  private static final class RoundedMatmul implements MatmulKernels {
    private final MatmulKernels to;
    private final Operands operands;

    RoundedMatmul(MatmulKernels to, Operands operands) {
      this.to = to;
      this.operands = operands;
    }

    @Override
    public void matmul(
        Tensor a,
        boolean transposeA,
        Tensor b,
        boolean transposeB,
        @Nullable Tensor bias,
        Tensor out) {
      try (Scope _ = Scope.open()) {
        to.matmul(operands.rounded(a), transposeA, operands.rounded(b), transposeB, bias, out);
      }
    }
  }

  private static final class RoundedConvolutions extends ForwardingKernels.Convolution {
    private final ConvolutionKernels to;
    private final Operands operands;

    RoundedConvolutions(ConvolutionKernels to, Operands operands) {
      super(to);
      this.to = to;
      this.operands = operands;
    }

    @Override
    public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
      try (Scope _ = Scope.open()) {
        to.conv2d(operands.rounded(x), operands.rounded(w), bias, spec, y);
      }
    }

    @Override
    public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
      try (Scope _ = Scope.open()) {
        to.conv2dInputGradient(operands.rounded(dy), operands.rounded(w), spec, dx);
      }
    }

    @Override
    public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
      try (Scope _ = Scope.open()) {
        to.conv2dWeightGradient(operands.rounded(x), operands.rounded(dy), spec, dw);
      }
    }
  }
}
