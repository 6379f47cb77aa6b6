package org.adjoint.kernels.reference;

import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.Tensor;

/**
 * Two-dimensional pooling. The window of y[.., i, j] has the rows i·stride − pad + k·dilation of
 * its plane of x, k = 0 … kernel − 1, and columns likewise; what lies outside the plane is skipped.
 */
final class ReferencePooling {
  private ReferencePooling() {}

  static void max(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    Elements from = Elements.of(x);
    Elements place = Elements.of(index);
    double[] largest = new double[y.size()];
    int plane = x.dim(2) * x.dim(3);
    place.fill(-1);
    visit(
        x,
        spec,
        y,
        (in, out) -> {
          double v = from.get(in);
          double before = largest[out];
          boolean larger = v > before || (Double.isNaN(v) && !Double.isNaN(before));
          if (larger || place.index(out) < 0) {
            largest[out] = v;
            place.set(out, in % plane);
          }
        });
    Elements.of(y).setAll(largest);
  }

  static void maxGradient(Tensor dy, Tensor index, Tensor dx) {
    Elements from = Elements.of(dy);
    Elements place = Elements.of(index);
    double[] sum = new double[dx.size()];
    int planeIn = dx.dim(2) * dx.dim(3);
    int planeOut = dy.dim(2) * dy.dim(3);
    for (int i = 0; i < from.size(); i++) {
      sum[i / planeOut * planeIn + place.index(i)] += from.get(i);
    }
    Elements.of(dx).setAll(sum);
  }

  static void average(Tensor x, Pool2dSpec spec, Tensor y) {
    Elements from = Elements.of(x);
    double[] sum = new double[y.size()];
    visit(x, spec, y, (in, out) -> sum[out] += from.get(in));
    divide(sum, spec, y);
  }

  static void averageGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    Elements from = Elements.of(dy);
    double[] sum = new double[dx.size()];
    visit(dx, spec, dy, (in, out) -> sum[in] += from.get(out));
    divide(sum, spec, dx);
  }

  /** What is done with each pair of an input element and an output element whose window has it. */
  private interface Pair {
    void at(int x, int y);
  }

  private static void visit(Tensor x, Pool2dSpec spec, Tensor y, Pair pair) {
    int height = x.dim(2);
    int width = x.dim(3);
    for (int i = 0; i < y.size(); i++) {
      int plane = i / (y.dim(2) * y.dim(3));
      int top = i / y.dim(3) % y.dim(2) * spec.strideH() - spec.padH();
      int left = i % y.dim(3) * spec.strideW() - spec.padW();
      int bottom = Math.min(height, top + (spec.kernelH() - 1) * spec.dilationH() + 1);
      int right = Math.min(width, left + (spec.kernelW() - 1) * spec.dilationW() + 1);
      for (int h = inside(top, spec.dilationH()); h < bottom; h += spec.dilationH()) {
        for (int v = inside(left, spec.dilationW()); v < right; v += spec.dilationW()) {
          pair.at((plane * height + h) * width + v, i);
        }
      }
    }
  }

  /** The first place of a window that is not in front of the plane. */
  private static int inside(int first, int dilation) {
    return first >= 0 ? first : first + (dilation - 1 - first) / dilation * dilation;
  }

  private static void divide(double[] sum, Pool2dSpec spec, Tensor out) {
    double count = (double) spec.kernelH() * spec.kernelW();
    Elements to = Elements.of(out);
    for (int i = 0; i < sum.length; i++) {
      to.set(i, sum[i] / count);
    }
  }
}
