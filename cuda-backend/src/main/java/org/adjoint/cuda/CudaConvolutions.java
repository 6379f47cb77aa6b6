package org.adjoint.cuda;

import java.util.function.Predicate;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution and pooling by cuDNN where it is found and has a way, else by the kernels of {@code
 * convolutions.ptx} and {@code pooling.ptx}. float64 is the reference's business.
 */
final class CudaConvolutions implements ConvolutionKernels {
  private static final String FILE = "convolutions.ptx";
  private static final String POOLING = "pooling.ptx";
  private static final int THREADS = 256;

  /** Rows and columns of a block's tile. */
  private static final int TILE = 64;

  /** Positions of all images that one weight gradient adds up; what is more is added afterwards. */
  private static final int CHUNK = 4096;

  private final CudaDevice device;
  private final ReductionKernels reductions;
  private final ConvolutionKernels host;

  CudaConvolutions(CudaDevice device, ReductionKernels reductions, ConvolutionKernels host) {
    this.device = device;
    this.reductions = reductions;
    this.host = host;
  }

  private static boolean isSingle(Tensor t) {
    return t.dtype() == DType.F32;
  }

  /** Asks cuDNN first. */
  private boolean cudnn(Predicate<CudaDnn> call) {
    return device.dnn().filter(call).isPresent();
  }

  // ---- convolution --------------------------------------------------------------------------

  @Override
  public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    if (!isSingle(y)) {
      host.conv2d(x, w, bias, spec, y);
    } else if (y.size() > 0 && !cudnn(d -> d.convolution(x, w, bias, spec, y))) {
      Launch launch = device.launch().tensor(y).tensor(x).tensor(w);
      if (bias == null) {
        launch.address(0);
      } else {
        launch.tensor(bias);
      }
      geometry(launch, x, w, y, spec)
          .run(
              device.kernel(FILE, "conv2d_f32"),
              product(w.dim(0) / spec.groups(), y.size() / y.dim(1), spec.groups()));
    }
  }

  @Override
  public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    if (!isSingle(dx)) {
      host.conv2dInputGradient(dy, w, spec, dx);
    } else if (dy.size() == 0) {
      device.stream().fill(CudaDevice.address(dx), 0, dx.size());
    } else if (dx.size() > 0 && !cudnn(d -> d.convolutionInputGradient(dy, w, spec, dx))) {
      geometry(device.launch().tensor(dx).tensor(dy).tensor(w), dx, w, dy, spec)
          .run(
              device.kernel(FILE, "conv2d_input_gradient_f32"),
              product(w.dim(1), dx.size() / dx.dim(1), spec.groups()));
    }
  }

  @Override
  public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    if (!isSingle(dw)) {
      host.conv2dWeightGradient(x, dy, spec, dw);
    } else if (dy.size() == 0) {
      device.stream().fill(CudaDevice.address(dw), 0, dw.size());
    } else if (!cudnn(d -> d.convolutionWeightGradient(x, dy, spec, dw))) {
      weightGradient(x, dy, spec, dw);
    }
  }

  private void weightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    int depth = dy.size() / dy.dim(1);
    int chunks = (depth + CHUNK - 1) / CHUNK;
    Tensor parts = chunks == 1 ? dw : Tensor.result(device, DType.F32, Shape.of(chunks, dw.size()));
    geometry(device.launch().tensor(parts).tensor(x).tensor(dy), x, dw, dy, spec)
        .integer(CHUNK)
        .run(
            device.kernel(FILE, "conv2d_weight_gradient_f32"),
            product(dw.dim(0) / spec.groups(), dw.size() / dw.dim(0), spec.groups() * chunks));
    if (chunks > 1) {
      reductions.reduce(ReduceOp.SUM, parts, 0, dw);
    }
  }

  private static Launch geometry(Launch launch, Tensor x, Tensor w, Tensor y, Conv2dSpec spec) {
    return launch
        .integer(x.dim(0))
        .integer(x.dim(1))
        .integer(x.dim(2))
        .integer(x.dim(3))
        .integer(y.dim(1))
        .integer(y.dim(2))
        .integer(y.dim(3))
        .integer(w.dim(2))
        .integer(w.dim(3))
        .integer(spec.strideH())
        .integer(spec.strideW())
        .integer(spec.padH())
        .integer(spec.padW())
        .integer(spec.dilationH())
        .integer(spec.dilationW())
        .integer(spec.groups());
  }

  /** Blocks that cover a matrix by tiles, for each of several. */
  private static Geometry product(int rows, int cols, int count) {
    return Geometry.of((cols + TILE - 1) / TILE, (rows + TILE - 1) / TILE, count, THREADS);
  }

  // ---- pooling ------------------------------------------------------------------------------

  @Override
  public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    if (!isSingle(x)) {
      host.maxPool2d(x, spec, y, index);
    } else if (y.size() > 0) {
      windows(device.launch().tensor(y).tensor(index).tensor(x), x, spec, y)
          .integer(spec.dilationH())
          .integer(spec.dilationW())
          .run(device.kernel(POOLING, "max_pool_f32"), elements(y));
    }
  }

  @Override
  public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
    if (!isSingle(dx)) {
      host.maxPool2dGradient(dy, index, dx);
    } else if (dx.size() > 0) {
      int planes = dx.dim(0) * dx.dim(1);
      device
          .launch()
          .tensor(dx)
          .tensor(dy)
          .tensor(index)
          .integer(planes)
          .integer(dx.dim(2) * dx.dim(3))
          .integer(dy.dim(2) * dy.dim(3))
          .run(
              device.kernel(POOLING, "max_pool_gradient_f32"),
              Geometry.warps(planes, device.blocks()));
    }
  }

  @Override
  public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
    if (!isSingle(x)) {
      host.avgPool2d(x, spec, y);
    } else if (y.size() > 0 && !cudnn(d -> d.averagePool(x, spec, y))) {
      windows(device.launch().tensor(y).tensor(x), x, spec, y)
          .run(device.kernel(POOLING, "avg_pool_f32"), elements(y));
    }
  }

  @Override
  public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    if (!isSingle(dx)) {
      host.avgPool2dGradient(dy, spec, dx);
    } else if (dx.size() > 0 && !cudnn(d -> d.averagePoolGradient(dy, spec, dx))) {
      windows(device.launch().tensor(dx).tensor(dy), dx, spec, dy)
          .run(device.kernel(POOLING, "avg_pool_gradient_f32"), elements(dx));
    }
  }

  private static Launch windows(Launch launch, Tensor x, Pool2dSpec spec, Tensor y) {
    return launch
        .integer(x.dim(0) * x.dim(1))
        .integer(x.dim(2))
        .integer(x.dim(3))
        .integer(y.dim(2))
        .integer(y.dim(3))
        .integer(spec.kernelH())
        .integer(spec.kernelW())
        .integer(spec.strideH())
        .integer(spec.strideW())
        .integer(spec.padH())
        .integer(spec.padW());
  }

  private Geometry elements(Tensor t) {
    return Geometry.covering(t.size(), THREADS, device.blocks());
  }
}
