package org.adjoint.cuda;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.RoundedKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Rounds operands by {@code round_f32} of {@code elementwise.ptx}, where no rung does it itself.
 */
final class Rounding {
  private static final int THREADS = 256;

  private final CudaDevice device;

  Rounding(CudaDevice device) {
    this.device = device;
  }

  /**
   * Returns convolutions whose operands are rounded to the device's precision. cuDNN rounds to tf32
   * itself, and knows no bf16 of float32 in memory: there tf32 keeps what was rounded to bf16.
   */
  ConvolutionKernels convolutions(ConvolutionKernels to) {
    Precision precision = device.precision();
    if (precision == Precision.FLOAT32) {
      return to;
    }
    ConvolutionKernels rounded = RoundedKernels.convolutions(to, precision, this::round);
    return precision == Precision.TF32 ? new UnlessByLibrary(to, rounded) : rounded;
  }

  /** Convolutions that leave the rounding to cuDNN where that is used. */
  private final class UnlessByLibrary extends ForwardingKernels.Convolution {
    private final ConvolutionKernels to;
    private final ConvolutionKernels rounded;

    UnlessByLibrary(ConvolutionKernels to, ConvolutionKernels rounded) {
      super(to);
      this.to = to;
      this.rounded = rounded;
    }

    private ConvolutionKernels now() {
      return device.dnn().isPresent() ? to : rounded;
    }

    @Override
    public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
      now().conv2d(x, w, bias, spec, y);
    }

    @Override
    public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
      now().conv2dInputGradient(dy, w, spec, dx);
    }

    @Override
    public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
      now().conv2dWeightGradient(x, dy, spec, dw);
    }
  }

  /**
   * Returns products whose operands are rounded to the device's precision, where that is needed.
   */
  MatmulKernels matmul(MatmulKernels to) {
    Precision precision = device.precision();
    return MatmulLadder.rounds(device.driver().info(), precision)
        ? to
        : RoundedKernels.matmul(to, precision, this::round);
  }

  private void round(Precision precision, Tensor x, Tensor out) {
    StridedAxes axes = new StridedAxes(out, x);
    Launch launch = device.launch().tensor(out).tensor(x).integer(out.size());
    axes.strides(axes.outStrides(axes.extents(launch)))
        .integer(precision.dropped())
        .integer(precision.tiesToEven() ? 1 : 0)
        .run(
            device.kernel("elementwise.ptx", "round_f32"),
            Geometry.covering(out.size(), THREADS, device.blocks()));
  }
}
