package org.adjoint.bench.jmh;

import org.adjoint.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Softmax, cross-entropy and batch normalisation. */
public class SoftmaxBench extends KernelBench {
  /** Rows x classes. */
  @Param({"128x10", "128x1000"})
  public String size = "";

  private Tensor x = empty(0);
  private Tensor y = empty(0);
  private Tensor losses = empty(0);
  private Tensor labels = empty(0);
  private Tensor image = empty(0);
  private Tensor normalised = empty(0);
  private Tensor mean = empty(0);
  private Tensor variance = empty(0);

  /** Draws the operands. */
  @Setup
  public void setUp() {
    int rows = Integer.parseInt(size.substring(0, size.indexOf('x')));
    int classes = Integer.parseInt(size.substring(size.indexOf('x') + 1));
    x = random(1, rows, classes);
    y = empty(rows, classes);
    losses = empty(rows);
    int[] l = new int[rows];
    for (int i = 0; i < rows; i++) {
      l[i] = i % classes;
    }
    labels = Tensor.of(backend, l, rows);
    image = random(2, 64, 16, 32 * 32);
    normalised = empty(64, 16, 32 * 32);
    mean = random(3, 16);
    variance = empty(16);
  }

  /** Softmax of the rows. */
  @Benchmark
  public Tensor softmax() {
    backend.kernels().softmax().softmax(x, y);
    return y;
  }

  /** Cross-entropy of the rows. */
  @Benchmark
  public Tensor crossEntropy() {
    backend.kernels().softmax().crossEntropy(x, labels, y, losses);
    return losses;
  }

  /** Statistics and normalisation of 64 images of 16 channels, 32 × 32. */
  @Benchmark
  public Tensor batchNorm() {
    backend.kernels().norms().batchStatistics(image, mean, variance);
    backend.kernels().norms().batchNorm(image, mean, variance, mean, variance, 1e-5, normalised);
    return normalised;
  }
}
