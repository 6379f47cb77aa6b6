package org.adjoint.cpu;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution as matrix products over shifted planes, see {@link ConvGeometry}; pooling by {@link
 * FloatPooling} and {@link DoublePooling}.
 */
final class CpuConvolution implements ConvolutionKernels {
  /** Geometries by their shapes; races only lose an entry. */
  private static final @Nullable Recent[] RECENT = new Recent[256];

  private record Recent(Shape x, Shape w, Shape y, Conv2dSpec spec, ConvGeometry geometry) {
    boolean isOf(Tensor ofX, Tensor ofW, Tensor ofY, Conv2dSpec by) {
      return x.equals(ofX.shape())
          && w.equals(ofW.shape())
          && y.equals(ofY.shape())
          && spec.equals(by);
    }
  }

  @Override
  public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    ConvGeometry g = geometry(x, w, y, spec);
    int biasAt = bias == null ? 0 : Heap.at(bias);
    if (Heap.isSingle(x)) {
      FloatConvForward.current()
          .x(Heap.floats(x), Heap.at(x))
          .w(Heap.floats(w), Heap.at(w), false)
          .bias(bias == null ? null : Heap.floats(bias), biasAt)
          .y(Heap.floats(y), Heap.at(y))
          .run(g);
    } else {
      DoubleConvForward.current()
          .x(Heap.doubles(x), Heap.at(x))
          .w(Heap.doubles(w), Heap.at(w), false)
          .bias(bias == null ? null : Heap.doubles(bias), biasAt)
          .y(Heap.doubles(y), Heap.at(y))
          .run(g);
    }
  }

  @Override
  public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    ConvGeometry g = geometry(dx, w, dy, spec);
    if (Heap.isSingle(dx)) {
      if (g.backwardByForward() && isFinite(Heap.floats(w), Heap.at(w), w.size())) {
        FloatConvForward.current()
            .x(Heap.floats(dy), Heap.at(dy))
            .w(Heap.floats(w), Heap.at(w), true)
            .bias(null, 0)
            .y(Heap.floats(dx), Heap.at(dx))
            .run(g.backward());
      } else {
        FloatConvInput.current()
            .dy(Heap.floats(dy), Heap.at(dy))
            .w(Heap.floats(w), Heap.at(w))
            .run(g, Heap.floats(dx), Heap.at(dx));
      }
    } else if (g.backwardByForward() && isFinite(Heap.doubles(w), Heap.at(w), w.size())) {
      DoubleConvForward.current()
          .x(Heap.doubles(dy), Heap.at(dy))
          .w(Heap.doubles(w), Heap.at(w), true)
          .bias(null, 0)
          .y(Heap.doubles(dx), Heap.at(dx))
          .run(g.backward());
    } else {
      DoubleConvInput.current()
          .dy(Heap.doubles(dy), Heap.at(dy))
          .w(Heap.doubles(w), Heap.at(w))
          .run(g, Heap.doubles(dx), Heap.at(dx));
    }
  }

  /**
   * Whether no weight is NaN or infinite: a convolution of the padded dy would multiply such a
   * weight by zeros that the definition does not have. x − x is 0 for finite x only.
   */
  private static boolean isFinite(float[] w, int from, int count) {
    float sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += w[i] - w[i];
    }
    return sum == 0;
  }

  private static boolean isFinite(double[] w, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += w[i] - w[i];
    }
    return sum == 0;
  }

  @Override
  public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    ConvGeometry g = geometry(x, dw, dy, spec);
    if (Heap.isSingle(x)) {
      FloatConvWeight.current()
          .x(Heap.floats(x), Heap.at(x))
          .dy(Heap.floats(dy), Heap.at(dy))
          .run(g, Heap.floats(dw), Heap.at(dw));
    } else {
      DoubleConvWeight.current()
          .x(Heap.doubles(x), Heap.at(x))
          .dy(Heap.doubles(dy), Heap.at(dy))
          .run(g, Heap.doubles(dw), Heap.at(dw));
    }
  }

  private static ConvGeometry geometry(Tensor x, Tensor w, Tensor y, Conv2dSpec spec) {
    int place = 31 * (31 * (31 * x.dim(0) + x.dim(1)) + x.dim(2)) + 7 * y.dim(1) + w.dim(2);
    place = (place ^ place >>> 7) & (RECENT.length - 1);
    Recent known = RECENT[place];
    if (known == null || !known.isOf(x, w, y, spec)) {
      ConvGeometry g =
          new ConvGeometry(
              x.dim(0), x.dim(1), x.dim(2), x.dim(3), y.dim(1), w.dim(2), w.dim(3), spec);
      known = new Recent(x.shape(), w.shape(), y.shape(), spec, g);
      RECENT[place] = known;
    }
    return known.geometry;
  }

  @Override
  public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    if (Heap.isSingle(x)) {
      FloatPooling.max(x, spec, y, index);
    } else {
      DoublePooling.max(x, spec, y, index);
    }
  }

  @Override
  public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
    if (Heap.isSingle(dy)) {
      FloatPooling.maxGradient(dy, index, dx);
    } else {
      DoublePooling.maxGradient(dy, index, dx);
    }
  }

  @Override
  public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
    if (Heap.isSingle(x)) {
      FloatPooling.average(x, spec, y);
    } else {
      DoublePooling.average(x, spec, y);
    }
  }

  @Override
  public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    if (Heap.isSingle(dy)) {
      FloatPooling.averageGradient(dy, spec, dx);
    } else {
      DoublePooling.averageGradient(dy, spec, dx);
    }
  }
}
