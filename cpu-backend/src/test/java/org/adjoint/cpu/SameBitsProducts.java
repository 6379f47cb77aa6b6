package org.adjoint.cpu;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products, convolutions and pooling for {@link SameBits}. */
final class SameBitsProducts {
  /** batch, m, k, n: shapes that are split and shapes that are not, full tiles and rests. */
  private static final int[][] PRODUCTS = {
    {1, 1, 5, 1},
    {1, 1, 3001, 1},
    {1, 1, 700, 500},
    {1, 500, 700, 1},
    {1, 3, 2500, 17},
    {1, 130, 301, 67},
    {1, 256, 520, 192},
    {5, 33, 65, 31},
    {40, 16, 48, 16}
  };

  /** batch, channels, H, W, outputs, kernel, stride, padding, dilation, groups. */
  private static final int[][] CONVOLUTIONS = {
    {1, 1, 5, 5, 1, 3, 1, 0, 1, 1},
    {2, 4, 17, 19, 6, 3, 2, 1, 1, 2},
    {3, 6, 13, 11, 6, 3, 1, 1, 1, 6},
    {2, 3, 15, 16, 5, 3, 1, 2, 2, 1},
    {16, 1, 28, 28, 6, 5, 1, 2, 1, 1},
    {16, 6, 14, 14, 16, 5, 1, 0, 1, 1},
    {4, 32, 9, 9, 40, 1, 1, 0, 1, 1},
    {4, 16, 20, 20, 33, 3, 1, 1, 1, 1},
    {3, 5, 18, 21, 7, 3, 3, 1, 1, 1}
  };

  private static final Pool2dSpec[] POOLS = {
    Pool2dSpec.of(2, 2), new Pool2dSpec(3, 2, 2, 1, 1, 1), Pool2dSpec.of(3, 1)
  };

  private final StringBuilder out;
  private final Kernels kernels;
  private final DType dtype;

  SameBitsProducts(StringBuilder out, Kernels kernels, DType dtype) {
    this.out = out;
    this.kernels = kernels;
    this.dtype = dtype;
  }

  void all() {
    for (int[] p : PRODUCTS) {
      for (int flags = 0; flags < 4; flags++) {
        product(p, (flags & 1) != 0, (flags & 2) != 0);
      }
    }
    for (int[] c : CONVOLUTIONS) {
      convolution(c);
    }
    for (int[] dims : new int[][] {{2, 3, 9, 11}, {8, 16, 28, 28}}) {
      for (Pool2dSpec pool : POOLS) {
        pooling(pool, dims);
      }
    }
  }

  private Tensor random(int seed, int... dims) {
    return SameBits.random(dtype, seed, dims);
  }

  private Tensor room(int... dims) {
    return SameBits.room(dtype, dims);
  }

  private void product(int[] p, boolean transposeA, boolean transposeB) {
    int m = p[1];
    int k = p[2];
    int n = p[3];
    Tensor a = transposeA ? random(1, p[0], k, m) : random(1, p[0], m, k);
    Tensor b = transposeB ? random(2, p[0], n, k) : random(2, p[0], k, n);
    @Nullable Tensor[] biases = {null, random(3, n)};
    for (Tensor bias : biases) {
      Tensor batched = room(p[0], m, n);
      kernels.matmul().matmul(a, transposeA, b, transposeB, bias, batched);
      Tensor single = room(m, n);
      kernels.matmul().matmul(a.select(0, 0), transposeA, b.select(0, 0), transposeB, bias, single);
      String what = dtype + " product " + Shape.of(p) + transposeA + transposeB + (bias != null);
      SameBits.add(out, what, batched, single);
    }
  }

  private void convolution(int[] c) {
    ConvolutionKernels k = kernels.convolutions();
    Conv2dSpec spec = Conv2dSpec.of(c[6], c[7], c[8], c[9]);
    int h = Conv2dSpec.extent(c[2], c[5], c[6], c[7], c[8]);
    int w = Conv2dSpec.extent(c[3], c[5], c[6], c[7], c[8]);
    Tensor x = random(1, c[0], c[1], c[2], c[3]);
    Tensor filter = random(2, c[4], c[1] / c[9], c[5], c[5]);
    Tensor dy = random(3, c[0], c[4], h, w);
    Tensor y = room(c[0], c[4], h, w);
    Tensor withBias = room(c[0], c[4], h, w);
    Tensor dx = room(c[0], c[1], c[2], c[3]);
    Tensor dw = room(c[4], c[1] / c[9], c[5], c[5]);
    k.conv2d(x, filter, null, spec, y);
    k.conv2d(x, filter, random(4, c[4]), spec, withBias);
    k.conv2dInputGradient(dy, filter, spec, dx);
    k.conv2dWeightGradient(x, dy, spec, dw);
    String what = dtype + " convolution " + Shape.of(c);
    SameBits.add(out, what + " forward", y, withBias);
    SameBits.add(out, what + " input", dx);
    SameBits.add(out, what + " weight", dw);
  }

  private void pooling(Pool2dSpec p, int... dims) {
    ConvolutionKernels k = kernels.convolutions();
    int h = Conv2dSpec.extent(dims[2], p.kernelH(), p.strideH(), p.padH(), 1);
    int w = Conv2dSpec.extent(dims[3], p.kernelW(), p.strideW(), p.padW(), 1);
    int[] small = {dims[0], dims[1], h, w};
    Tensor x = random(1, dims);
    Tensor dy = random(2, small);
    Tensor index = SameBits.room(DType.I32, small);
    Tensor[] r = {room(small), room(dims), room(small), room(dims)};
    k.maxPool2d(x, p, r[0], index);
    k.maxPool2dGradient(dy, index, r[1]);
    k.avgPool2d(x, p, r[2]);
    k.avgPool2dGradient(dy, p, r[3]);
    SameBits.add(out, dtype + " " + p + " " + Shape.of(dims), index, r[0], r[1], r[2], r[3]);
  }
}
