package org.adjoint.kernels.reference;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Two-dimensional convolution; the pooling methods are those of {@link ReferencePooling}. */
final class ReferenceConvolutions implements ConvolutionKernels {
  private static final int PADDING = -1;

  /**
   * What is done with each triple of an input, a weight and an output element that belong together.
   */
  private interface Tap {
    void at(int x, int w, int y);
  }

  /**
   * Visits y[n, o, i, j] with every w[o, c, p, q] and the x[n, c′, h, v] it is multiplied with: h =
   * i·stride + p·dilation − pad, likewise v, and c′ counts within the group of o. Outside the image
   * stand zeros, which have the number {@link #PADDING}: a zero times NaN or infinity is NaN.
   */
  private static void visit(Tensor x, Tensor w, Conv2dSpec spec, Tensor y, Tap tap) {
    int height = x.dim(2);
    int width = x.dim(3);
    int outs = w.dim(0);
    int ins = w.dim(1);
    int kh = w.dim(2);
    int kw = w.dim(3);
    for (int n = 0; n < y.dim(0); n++) {
      for (int o = 0; o < outs; o++) {
        int group = o / (outs / spec.groups());
        for (int i = 0; i < y.dim(2); i++) {
          for (int j = 0; j < y.dim(3); j++) {
            int to = ((n * outs + o) * y.dim(2) + i) * y.dim(3) + j;
            for (int c = 0; c < ins; c++) {
              for (int p = 0; p < kh; p++) {
                int h = i * spec.strideH() + p * spec.dilationH() - spec.padH();
                for (int q = 0; q < kw; q++) {
                  int v = j * spec.strideW() + q * spec.dilationW() - spec.padW();
                  boolean inside = h >= 0 && h < height && v >= 0 && v < width;
                  int channel = group * ins + c;
                  int from = ((n * x.dim(1) + channel) * height + h) * width + v;
                  tap.at(inside ? from : PADDING, ((o * ins + c) * kh + p) * kw + q, to);
                }
              }
            }
          }
        }
      }
    }
  }

  @Override
  public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    double[] sum = new double[y.size()];
    if (bias != null) {
      Elements shift = Elements.of(bias);
      int plane = y.dim(2) * y.dim(3);
      for (int i = 0; i < sum.length; i++) {
        sum[i] = shift.get(i / plane % y.dim(1));
      }
    }
    Elements image = Elements.of(x);
    Elements filter = Elements.of(w);
    visit(x, w, spec, y, (i, f, o) -> sum[o] += padded(image, i) * filter.get(f));
    Elements.of(y).setAll(sum);
  }

  private static double padded(Elements image, int i) {
    return i == PADDING ? 0 : image.get(i);
  }

  @Override
  public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    double[] sum = new double[dx.size()];
    Elements gradient = Elements.of(dy);
    Elements filter = Elements.of(w);
    visit(
        dx,
        w,
        spec,
        dy,
        (i, f, o) -> {
          if (i != PADDING) {
            sum[i] += gradient.get(o) * filter.get(f);
          }
        });
    Elements.of(dx).setAll(sum);
  }

  @Override
  public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    double[] sum = new double[dw.size()];
    Elements image = Elements.of(x);
    Elements gradient = Elements.of(dy);
    visit(x, dw, spec, dy, (i, f, o) -> sum[f] += gradient.get(o) * padded(image, i));
    Elements.of(dw).setAll(sum);
  }

  @Override
  public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    ReferencePooling.max(x, spec, y, index);
  }

  @Override
  public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
    ReferencePooling.maxGradient(dy, index, dx);
  }

  @Override
  public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
    ReferencePooling.average(x, spec, y);
  }

  @Override
  public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    ReferencePooling.averageGradient(dy, spec, dx);
  }
}
