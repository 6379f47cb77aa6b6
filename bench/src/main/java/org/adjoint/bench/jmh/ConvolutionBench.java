package org.adjoint.bench.jmh;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The convolutions of LeNet-5 and of a ResNet stage, in each direction, and pooling. */
public class ConvolutionBench extends KernelBench {
  /** The layer: the two of LeNet-5 at batch 128, one of ResNet-20 at batch 64. */
  @Param({"lenet1", "lenet2", "resnet"})
  public String layer = "";

  private Conv2dSpec spec = Conv2dSpec.DEFAULT;
  private Tensor x = empty(0);
  private Tensor w = empty(0);
  private Tensor bias = empty(0);
  private Tensor y = empty(0);
  private Tensor pooled = empty(0);
  private Tensor winners = empty(0);

  /** Draws the operands. */
  @Setup
  public void setUp() {
    int[] s =
        switch (layer) {
          case "lenet1" -> new int[] {128, 1, 28, 6, 5, 2};
          case "lenet2" -> new int[] {128, 6, 14, 16, 5, 0};
          default -> new int[] {64, 32, 16, 32, 3, 1};
        };
    spec = Conv2dSpec.of(1, s[5], 1, 1);
    int out = Conv2dSpec.extent(s[2], s[4], 1, s[5], 1);
    x = random(1, s[0], s[1], s[2], s[2]);
    w = random(2, s[3], s[1], s[4], s[4]);
    bias = random(3, s[3]);
    y = random(4, s[0], s[3], out, out);
    pooled = empty(s[0], s[3], out / 2, out / 2);
    winners = Tensor.owned(backend, DType.I32, Shape.of(s[0], s[3], out / 2, out / 2));
  }

  private ConvolutionKernels kernels() {
    return backend.kernels().convolutions();
  }

  /** y from x and w. */
  @Benchmark
  public Tensor forward() {
    kernels().conv2d(x, w, bias, spec, y);
    return y;
  }

  /** dx from dy and w. */
  @Benchmark
  public Tensor inputGradient() {
    kernels().conv2dInputGradient(y, w, spec, x);
    return x;
  }

  /** dw from x and dy. */
  @Benchmark
  public Tensor weightGradient() {
    kernels().conv2dWeightGradient(x, y, spec, w);
    return w;
  }

  /** Max-pooling of y by 2 × 2. */
  @Benchmark
  public Tensor maxPool() {
    kernels().maxPool2d(y, Pool2dSpec.of(2, 2), pooled, winners);
    return pooled;
  }
}
