package org.adjoint.cuda;

import java.util.Optional;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.NormKernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Normalisations by the kernels of {@code norms.ptx} and {@code row_norms.ptx}; batch norm, once
 * the statistics are known, by cuDNN where it is found. float64 is the reference's business.
 */
final class CudaNorms implements NormKernels {
  private static final String FILE = "norms.ptx";
  private static final String ROWS = "row_norms.ptx";
  private static final int WARP = 32;
  private static final int WARPS = 8;
  private static final int THREADS = WARP * WARPS;

  /** The longest row of a warp: the order of a sum is a function of the shape. */
  private static final int WARP_ROW = 1024;

  /** Rows whose weight gradients are added at once. */
  private static final int CHUNK = 512;

  private final CudaDevice device;
  private final ElementwiseKernels elementwise;
  private final ReductionKernels reductions;
  private final NormKernels host;

  CudaNorms(
      CudaDevice device,
      ElementwiseKernels elementwise,
      ReductionKernels reductions,
      NormKernels host) {
    this.device = device;
    this.elementwise = elementwise;
    this.reductions = reductions;
    this.host = host;
  }

  // ---- batch norm ---------------------------------------------------------------------------

  @Override
  public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    if (x.dtype() != DType.F32) {
      host.batchStatistics(x, mean, variance);
      return;
    }
    extents(device.launch().tensor(mean).tensor(variance).tensor(x), x)
        .run(device.kernel(FILE, "batch_statistics_f32"), channels(x));
  }

  @Override
  public void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    if (x.dtype() != DType.F32) {
      host.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
    } else if (x.size() > 0
        && device
            .dnn()
            .filter(d -> d.batchNorm(x, mean, variance, gamma, beta, epsilon, y))
            .isEmpty()) {
      Launch launch = device.launch().tensor(y).tensor(x).tensor(mean).tensor(variance);
      extents(launch.tensor(gamma).tensor(beta), x)
          .number((float) epsilon)
          .run(device.kernel(FILE, "batch_norm_f32"), planes(x));
    }
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
    if (x.dtype() != DType.F32) {
      host.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
      return;
    }
    Optional<CudaDnn> dnn = device.dnn();
    if (dnn.isPresent() && x.size() > 0) {
      Tensor rstd = Tensor.result(device, DType.F32, variance.shape());
      elementwise.unary(UnaryOp.ADD_SCALAR, variance, epsilon, 0, rstd);
      elementwise.unary(UnaryOp.RSQRT, rstd, 0, 0, rstd);
      if (dnn.get().batchNormGradient(x, mean, rstd, gamma, epsilon, dy, dx, dgamma, dbeta)) {
        return;
      }
    }
    Launch sums = device.launch().tensor(dgamma).tensor(dbeta).tensor(x).tensor(mean);
    extents(sums.tensor(variance).tensor(dy), x)
        .number((float) epsilon)
        .run(device.kernel(FILE, "batch_norm_gradient_sums_f32"), channels(x));
    if (x.size() > 0) {
      Launch launch = device.launch().tensor(dx).tensor(x).tensor(mean).tensor(variance);
      extents(launch.tensor(gamma).tensor(dy).tensor(dgamma).tensor(dbeta), x)
          .number((float) epsilon)
          .run(device.kernel(FILE, "batch_norm_gradient_f32"), planes(x));
    }
  }

  private static Launch extents(Launch launch, Tensor x) {
    return launch.integer(x.dim(0)).integer(x.dim(1)).integer(x.dim(2));
  }

  /** A block a channel. */
  private Geometry channels(Tensor x) {
    return Geometry.of(Math.clamp(x.dim(1), 1, device.blocks()), THREADS);
  }

  /** Threads x along the spatial axis, y along the others. */
  private Geometry planes(Tensor x) {
    return Geometry.matrix(x.dim(0) * x.dim(1), x.dim(2), device.blocks());
  }

  // ---- rows ---------------------------------------------------------------------------------

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
    if (x.dtype() != DType.F32) {
      host.rowNorm(x, gamma, beta, centred, epsilon, y, mean, rstd);
      return;
    }
    Launch launch = device.launch().tensor(y).tensor(mean).tensor(rstd).tensor(x);
    optional(optional(launch, gamma), beta)
        .integer(x.dim(0))
        .integer(x.dim(1))
        .integer(centred ? 1 : 0)
        .number((float) epsilon)
        .run(device.kernel(ROWS, "row_norm_f32"), rows(x));
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
    if (x.dtype() != DType.F32) {
      host.rowNormGradient(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
      return;
    }
    int n = x.dim(1);
    Launch launch = device.launch().tensor(dx).tensor(x).tensor(mean).tensor(rstd);
    optional(launch, gamma)
        .tensor(dy)
        .integer(x.dim(0))
        .integer(n)
        .integer(centred ? 1 : 0)
        .run(device.kernel(ROWS, "row_norm_gradient_f32"), rows(x));
    if (dgamma != null) {
      // The kernel makes both sums; one that nobody wants goes where nobody looks.
      Tensor shift = dbeta == null ? Tensor.result(device, DType.F32, Shape.of(n)) : dbeta;
      weights(x, mean, rstd, dy, dgamma, shift);
    }
  }

  private void weights(Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dgamma, Tensor dbeta) {
    int rows = x.dim(0);
    int n = x.dim(1);
    int chunks = Math.max(1, (rows + CHUNK - 1) / CHUNK);
    boolean one = chunks == 1;
    Tensor gammas = one ? dgamma : Tensor.result(device, DType.F32, Shape.of(chunks, n));
    Tensor betas = one ? dbeta : Tensor.result(device, DType.F32, Shape.of(chunks, n));
    device
        .launch()
        .tensor(gammas)
        .tensor(betas)
        .tensor(x)
        .tensor(mean)
        .tensor(rstd)
        .tensor(dy)
        .integer(rows)
        .integer(n)
        .integer(CHUNK)
        .run(
            device.kernel(ROWS, "row_norm_weights_f32"),
            new Geometry(Math.max(1, (n + WARP - 1) / WARP), chunks, 1, WARP, WARPS, 1, 0));
    if (!one) {
      reductions.reduce(ReduceOp.SUM, gammas, 0, dgamma);
      reductions.reduce(ReduceOp.SUM, betas, 0, dbeta);
    }
  }

  /** The address of a tensor, or 0 if there is none. */
  private static Launch optional(Launch launch, @Nullable Tensor t) {
    return t == null ? launch.address(0) : launch.tensor(t);
  }

  private Geometry rows(Tensor x) {
    int rows = Math.max(1, x.dim(0));
    int most = device.blocks();
    return x.dim(1) <= WARP_ROW
        ? Geometry.warps(rows, most)
        : Geometry.of(Math.min(rows, most), THREADS);
  }
}
