package org.adjoint.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.NormKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Convolutions, pools and norms of {@code cuda} beside those of the reference; run in a JVM of its
 * own, see {@link VendorLibrariesTest}. Operands are small whole numbers, so that the order of sums
 * is all the same.
 */
final class FakeDnn {
  /**
   * A convolution.
   *
   * @param x extents of the images
   * @param w extents of the weights
   */
  record Case(int[] x, int[] w, Conv2dSpec spec) {}

  static final List<Case> CASES =
      List.of(
          of(Conv2dSpec.DEFAULT, 2, 3, 5, 6, 4, 3, 3),
          of(Conv2dSpec.DEFAULT, 1, 1, 1, 1, 1, 1, 1),
          of(Conv2dSpec.of(2, 1, 1, 1), 2, 3, 8, 5, 4, 3, 2),
          of(Conv2dSpec.of(1, 0, 2, 1), 1, 2, 7, 7, 3, 3, 3),
          of(Conv2dSpec.of(1, 1, 1, 2), 2, 4, 5, 5, 6, 3, 3),
          of(new Conv2dSpec(2, 1, 1, 2, 1, 3, 4), 3, 4, 6, 9, 4, 2, 3),
          of(new Conv2dSpec(1, 1, 0, 1, 1, 1, 1), 2, 2, 1, 7, 3, 1, 3));

  private FakeDnn() {}

  private static Case of(
      Conv2dSpec spec, int n, int channels, int h, int w, int filters, int kernelH, int kernelW) {
    return new Case(
        new int[] {n, channels, h, w},
        new int[] {filters, channels / spec.groups(), kernelH, kernelW},
        spec);
  }

  public static void main(String[] args) {
    Backend gpu = Backends.get("cuda");
    Backend reference = Backends.get("reference");
    for (Case c : CASES) {
      // Twice, as the second time the algorithm is known.
      compare(c + "", convolution(reference, c), convolution(gpu, c));
      compare(c + " again", convolution(reference, c), convolution(gpu, c));
    }
    List<Pool2dSpec> pools =
        List.of(
            Pool2dSpec.of(2, 2),
            Pool2dSpec.of(3, 2),
            new Pool2dSpec(3, 3, 1, 1, 1, 1),
            new Pool2dSpec(2, 4, 1, 2, 1, 0),
            new Pool2dSpec(1, 5, 2, 1, 0, 2),
            // No more windows than rounded down.
            Pool2dSpec.of(3, 1).roundedUp());
    for (Pool2dSpec p : pools) {
      compare(p + "", pool(reference, p), pool(gpu, p));
    }
    int[][] norms = {{3, 4, 5}, {1, 2, 7}, {6, 1, 1}};
    for (int[] extents : norms) {
      compare("norm " + Arrays.toString(extents), norm(reference, extents), norm(gpu, extents));
    }
    System.out.println(
        CASES.size() + " convolutions, " + pools.size() + " pools, " + norms.length + " norms");
  }

  /** Within a few roundings, which means of windows and norms make. */
  private static void compare(String what, float[][] expected, float[][] found) {
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < expected[i].length; k++) {
        float bound = 0x1p-20f * (Math.abs(expected[i][k]) + 1);
        if (!(Math.abs(expected[i][k] - found[i][k]) <= bound)) {
          System.out.println(
              what
                  + " differs in result "
                  + i
                  + " at "
                  + k
                  + ": "
                  + found[i][k]
                  + " for "
                  + expected[i][k]);
          break;
        }
      }
    }
  }

  /** Forward without and with bias, and both gradients. */
  static float[][] convolution(Backend on, Case c) {
    ConvolutionKernels kernels = on.kernels().convolutions();
    Conv2dSpec s = c.spec();
    int h = Conv2dSpec.extent(c.x()[2], c.w()[2], s.strideH(), s.padH(), s.dilationH());
    int v = Conv2dSpec.extent(c.x()[3], c.w()[3], s.strideW(), s.padW(), s.dilationW());
    Tensor x = numbers(on, c.x());
    Tensor w = numbers(on, c.w());
    Tensor y = Tensor.zeros(on, DType.F32, c.x()[0], c.w()[0], h, v);
    kernels.conv2d(x, w, c.x()[0] == 2 ? numbers(on, c.w()[0]) : null, s, y);
    Tensor dy = numbers(on, c.x()[0], c.w()[0], h, v);
    Tensor dx = Tensor.zeros(on, DType.F32, c.x());
    kernels.conv2dInputGradient(dy, w, s, dx);
    Tensor dw = Tensor.zeros(on, DType.F32, c.w());
    kernels.conv2dWeightGradient(x, dy, s, dw);
    return new float[][] {y.toFloatArray(), dx.toFloatArray(), dw.toFloatArray()};
  }

  /** A product of matrices. */
  static void product(Backend on) {
    Tensor t = numbers(on, 2, 2);
    on.kernels().matmul().matmul(t, false, t, false, null, numbers(on, 2, 2));
  }

  static float[][] pool(Backend on, Pool2dSpec p) {
    int h = p.outH(6);
    int w = p.outW(7);
    Tensor y = Tensor.zeros(on, DType.F32, 2, 3, h, w);
    on.kernels().convolutions().avgPool2d(numbers(on, 2, 3, 6, 7), p, y);
    Tensor dx = Tensor.zeros(on, DType.F32, 2, 3, 6, 7);
    on.kernels().convolutions().avgPool2dGradient(numbers(on, 2, 3, h, w), p, dx);
    return new float[][] {y.toFloatArray(), dx.toFloatArray()};
  }

  private static float[][] norm(Backend on, int[] extents) {
    NormKernels kernels = on.kernels().norms();
    int channels = extents[1];
    Tensor x = numbers(on, extents);
    Tensor mean = numbers(on, channels);
    float[] squares = new float[channels];
    for (int c = 0; c < channels; c++) {
      squares[c] = c + 1.5f;
    }
    Tensor variance = Tensor.of(on, squares, channels);
    Tensor gamma = numbers(on, channels);
    Tensor y = Tensor.zeros(on, DType.F32, extents);
    kernels.batchNorm(x, mean, variance, gamma, mean, 1e-3, y);
    Tensor dx = Tensor.zeros(on, DType.F32, extents);
    Tensor dgamma = Tensor.zeros(on, DType.F32, channels);
    Tensor dbeta = Tensor.zeros(on, DType.F32, channels);
    Tensor dy = numbers(on, extents);
    kernels.batchNormGradient(x, mean, variance, gamma, 1e-3, dy, dx, dgamma, dbeta);
    return new float[][] {
      y.toFloatArray(), dx.toFloatArray(), dgamma.toFloatArray(), dbeta.toFloatArray()
    };
  }

  static Tensor numbers(Backend on, int... extents) {
    int n = Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = i * 7 % 11 - 5;
    }
    return Tensor.of(on, values, extents);
  }

  /** Does something on the GPU; prints the message of what goes wrong. */
  static void attempt(Consumer<Backend> work) {
    try {
      work.accept(Backends.get("cuda"));
    } catch (AdjointException e) {
      System.out.println(e.getMessage());
    }
  }
}
