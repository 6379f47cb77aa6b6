package org.adjoint.cuda;

import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Softmax, its logarithm and cross-entropy by the kernels of {@code softmax.ptx}. float64 is the
 * reference's business.
 */
final class CudaSoftmax implements SoftmaxKernels {
  private static final String FILE = "softmax.ptx";
  private static final int WARP = 32;
  private static final int WARPS = 8;
  private static final int THREADS = WARP * WARPS;

  /** The longest row of a warp: the order of a sum is a function of the shape. */
  private static final int WARP_ROW = 1024;

  private final CudaDevice device;
  private final SoftmaxKernels host;

  CudaSoftmax(CudaDevice device, SoftmaxKernels host) {
    this.device = device;
    this.host = host;
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    if (isSingle(x)) {
      rows("softmax_f32", y, device.launch().tensor(y).tensor(x));
    } else {
      host.softmax(x, y);
    }
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    if (isSingle(x)) {
      rows("log_softmax_f32", y, device.launch().tensor(y).tensor(x));
    } else {
      host.logSoftmax(x, y);
    }
  }

  @Override
  public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    if (isSingle(y)) {
      rows("softmax_gradient_f32", dx, device.launch().tensor(dx).tensor(y).tensor(dy));
    } else {
      host.softmaxGradient(y, dy, dx);
    }
  }

  @Override
  public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
    if (isSingle(y)) {
      rows("log_softmax_gradient_f32", dx, device.launch().tensor(dx).tensor(y).tensor(dy));
    } else {
      host.logSoftmaxGradient(y, dy, dx);
    }
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
    if (isSingle(logits)) {
      Launch launch =
          device.launch().tensor(logProbabilities).tensor(losses).tensor(logits).tensor(labels);
      rows("cross_entropy_f32", logits, launch);
    } else {
      host.crossEntropy(logits, labels, logProbabilities, losses);
    }
  }

  @Override
  public void crossEntropyGradient(
      Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
    if (!isSingle(dlogits)) {
      host.crossEntropyGradient(logProbabilities, labels, dlosses, dlogits);
      return;
    }
    int rows = dlogits.dim(0);
    int n = dlogits.dim(1);
    if (rows * n == 0) {
      return;
    }
    int most = device.blocks();
    int gridX = Math.min(most, (n + WARP - 1) / WARP);
    int gridY = Math.clamp((rows + WARPS - 1) / WARPS, 1, Math.max(1, most / gridX));
    device
        .launch()
        .tensor(dlogits)
        .tensor(logProbabilities)
        .tensor(labels)
        .tensor(dlosses)
        .integer(rows)
        .integer(n)
        .integer(dlosses.layout().stride(0))
        .run(
            device.kernel(FILE, "cross_entropy_gradient_f32"),
            new Geometry(gridX, gridY, 1, WARP, WARPS, 1, 0));
  }

  private static boolean isSingle(Tensor t) {
    return t.dtype() == DType.F32;
  }

  /** Launches a kernel of rows: a warp each, or where they are long a block. */
  private void rows(String entry, Tensor like, Launch launch) {
    int n = like.dim(like.rank() - 1);
    if (like.size() == 0) {
      return;
    }
    int rows = like.size() / n;
    int most = device.blocks();
    launch
        .integer(rows)
        .integer(n)
        .run(
            device.kernel(FILE, entry),
            n <= WARP_ROW
                ? Geometry.warps(rows, most)
                : Geometry.of(Math.min(rows, most), THREADS));
  }
}
