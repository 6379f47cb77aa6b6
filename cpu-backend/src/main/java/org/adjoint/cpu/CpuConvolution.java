package org.adjoint.cpu;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.reference.ReferenceKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution as matrix products over patches, see {@link FloatConvolution}; pooling of float32 by
 * {@link CpuPooling}, of float64 by the reference's plain loops.
 */
final class CpuConvolution implements ConvolutionKernels {
  private final ConvolutionKernels plain = new ReferenceKernels().convolutions();

  @Override
  public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    Geometry g = Geometry.of(x, w, y, spec);
    int biasAt = bias == null ? 0 : Heap.at(bias);
    if (Heap.isSingle(x)) {
      FloatConvolution.current()
          .x(Heap.floats(x), Heap.at(x))
          .w(Heap.floats(w), Heap.at(w))
          .bias(bias == null ? null : Heap.floats(bias), biasAt)
          .y(Heap.floats(y), Heap.at(y))
          .forward(g);
    } else {
      DoubleConvolution.current()
          .x(Heap.doubles(x), Heap.at(x))
          .w(Heap.doubles(w), Heap.at(w))
          .bias(bias == null ? null : Heap.doubles(bias), biasAt)
          .y(Heap.doubles(y), Heap.at(y))
          .forward(g);
    }
  }

  @Override
  public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    Geometry g = Geometry.of(dx, w, dy, spec);
    if (Heap.isSingle(dx)) {
      FloatConvolution.current()
          .x(Heap.floats(dx), Heap.at(dx))
          .w(Heap.floats(w), Heap.at(w))
          .y(Heap.floats(dy), Heap.at(dy))
          .inputGradient(g);
    } else {
      DoubleConvolution.current()
          .x(Heap.doubles(dx), Heap.at(dx))
          .w(Heap.doubles(w), Heap.at(w))
          .y(Heap.doubles(dy), Heap.at(dy))
          .inputGradient(g);
    }
  }

  @Override
  public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    Geometry g = Geometry.of(x, dw, dy, spec);
    if (Heap.isSingle(x)) {
      FloatConvolution.current()
          .x(Heap.floats(x), Heap.at(x))
          .w(Heap.floats(dw), Heap.at(dw))
          .y(Heap.floats(dy), Heap.at(dy))
          .weightGradient(g);
    } else {
      DoubleConvolution.current()
          .x(Heap.doubles(x), Heap.at(x))
          .w(Heap.doubles(dw), Heap.at(dw))
          .y(Heap.doubles(dy), Heap.at(dy))
          .weightGradient(g);
    }
  }

  @Override
  public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    if (Heap.isSingle(x)) {
      CpuPooling.max(x, spec, y, index);
    } else {
      plain.maxPool2d(x, spec, y, index);
    }
  }

  @Override
  public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
    if (Heap.isSingle(dy)) {
      CpuPooling.maxGradient(dy, index, dx);
    } else {
      plain.maxPool2dGradient(dy, index, dx);
    }
  }

  @Override
  public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
    if (Heap.isSingle(x)) {
      CpuPooling.average(x, spec, y);
    } else {
      plain.avgPool2d(x, spec, y);
    }
  }

  @Override
  public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    if (Heap.isSingle(dy)) {
      CpuPooling.averageGradient(dy, spec, dx);
    } else {
      plain.avgPool2dGradient(dy, spec, dx);
    }
  }
}
