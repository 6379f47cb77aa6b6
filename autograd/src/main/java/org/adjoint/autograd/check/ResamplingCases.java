package org.adjoint.autograd.check;

import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.autograd.ops.ResamplingNd;
import org.adjoint.kernels.Kernels;

/** Cases of adaptive pooling, un-pooling, and sequences, images and volumes of another size. */
final class ResamplingCases {
  private static final Values VALUES = Values.between(-1.5, 1.5);
  private static final Values DISTINCT = Values.distinct(-2, 2);

  private ResamplingCases() {}

  static void add(List<OpCase> cases) {
    int[][] sequences = {{1, 1, 4}, {2, 3, 7}, {1, 2, 9}, {0, 1, 4}};
    int[][] volumes = {{1, 1, 2, 3, 4}, {1, 2, 3, 2, 3}, {2, 1, 4, 5, 3}, {0, 1, 2, 2, 2}};
    for (int[] x : sequences) {
      for (int length : new int[] {1, 3, 7, 9}) {
        resizedSequence(cases, length, x);
      }
    }
    for (int[] x : volumes) {
      for (int[] size : new int[][] {{1, 1, 1}, {2, 2, 1}, {3, 2, 4}, {4, 5, 3}}) {
        resizedVolume(cases, size, x);
      }
    }
    int[][] images = {{1, 1, 3, 4}, {1, 2, 4, 4}, {2, 3, 5, 7}, {1, 1, 1, 1}, {0, 2, 3, 3}};
    int[][] sizes = {{1, 1}, {2, 2}, {3, 2}, {5, 7}, {4, 9}};
    for (int[] x : images) {
      for (int[] size : sizes) {
        resized(cases, x, size[0], size[1]);
      }
      if (x[0] > 0) {
        unpooled(cases, x);
      }
    }
    for (int[] x : new int[][] {{1, 4, 2, 3}, {2, 8, 2, 2}, {1, 9, 1, 2}, {0, 4, 2, 2}}) {
      shuffled(cases, x[1] == 9 ? 3 : 2, x);
    }
  }

  private static OpCase.Builder builder(String op, String formula, String gradient) {
    return OpCase.of(op, formula, gradient).family(Kernels.Family.CONVOLUTIONS).recorded();
  }

  private static OpCase.Builder mean(String op, int taps) {
    return builder(op, "y = the mean of each window", "dx = dy / window, added over windows")
        .rule(Rule.multilinear(taps));
  }

  private static OpCase.Builder most(String op) {
    return builder(op, "y = the largest x of each window", "dx = dy at the winner of its window")
        .note("the first of equals wins")
        .rule(Rule.exact());
  }

  private static void unpooled(List<OpCase> cases, int... x) {
    cases.add(
        builder("max_unpool2d", "y = x at the places of maxima, else 0", "dx = dy at the places")
            .with("size", new int[] {x[2] + 1, x[3] + 2})
            .input("x", VALUES, x[0], x[1], 1, 1)
            .setting("index", true, Values.integers(0, x[2] * x[3] - 1), x[0], x[1], 1, 1)
            .rule(Rule.exact())
            .applying(in -> Pooling.maxUnpool2d(in[0], in[1].value(), x[2] + 1, x[3] + 2)));
  }

  private static void resized(List<OpCase> cases, int[] x, int height, int width) {
    int[] size = {height, width};
    cases.add(
        mean("adaptive_avg_pool2d", x[2] * x[3])
            .with("size", size)
            .input("x", VALUES, x)
            .applying(in -> Resampling.adaptiveAvgPool2d(in[0], height, width)));
    cases.add(
        most("adaptive_max_pool2d")
            .with("size", size)
            .input("x", DISTINCT, x)
            .applying(in -> Resampling.adaptiveMaxPool2d(in[0], height, width)));
    cases.add(
        builder("upsample_nearest", "y[i] = x[floor(i n / m)]", "dx = the sum of dy over copies")
            .with("size", size)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Resampling.nearest(in[0], height, width)));
    for (boolean align : new boolean[] {true, false}) {
      cases.add(
          builder("upsample_bilinear", "y = A x B^T, linear along both axes", "dx = A^T dy B")
              .with("size", size)
              .with("align_corners", align)
              .input("x", VALUES, x)
              .rule(Rule.multilinear(x[2] + x[3]))
              .applying(in -> Resampling.bilinear(in[0], height, width, align)));
    }
  }

  private static void resizedSequence(List<OpCase> cases, int length, int... x) {
    int[] size = {length};
    cases.add(
        mean("adaptive_avg_pool1d", x[2])
            .with("size", size)
            .input("x", VALUES, x)
            .applying(in -> ResamplingNd.adaptiveAvgPool1d(in[0], length)));
    cases.add(
        most("adaptive_max_pool1d")
            .with("size", size)
            .input("x", DISTINCT, x)
            .applying(in -> ResamplingNd.adaptiveMaxPool1d(in[0], length)));
    cases.add(
        nearest(size).input("x", VALUES, x).applying(in -> ResamplingNd.nearest1d(in[0], length)));
    for (boolean align : new boolean[] {true, false}) {
      cases.add(
          builder("upsample_linear", "y = A x, linear along the axis", "dx = A^T dy")
              .with("size", size)
              .with("align_corners", align)
              .input("x", VALUES, x)
              .rule(Rule.multilinear(x[2]))
              .applying(in -> ResamplingNd.linear(in[0], length, align)));
    }
    cases.add(
        builder("max_unpool1d", "y = x at the places of maxima, else 0", "dx = dy at the places")
            .with("size", new int[] {x[2] + length})
            .input("x", VALUES, x[0], x[1], 2)
            .setting("index", true, successive(x[2]), x[0], x[1], 2)
            .rule(Rule.exact())
            .applying(in -> PoolingNd.maxUnpool1d(in[0], in[1].value(), x[2] + length)));
  }

  /** Places that differ from their neighbours. */
  private static Values successive(int extent) {
    return (seed, size) -> {
      double[] v = new double[size];
      Arrays.setAll(v, i -> i * 3 % extent);
      return v;
    };
  }

  private static OpCase.Builder nearest(int... size) {
    return builder("upsample_nearest", "y[i] = x[floor(i n / m)]", "dx = the sum of dy over copies")
        .with("size", size)
        .rule(Rule.exact());
  }

  private static void resizedVolume(List<OpCase> cases, int[] s, int... x) {
    cases.add(
        mean("adaptive_avg_pool3d", x[2] * x[3] * x[4])
            .with("size", s)
            .input("x", VALUES, x)
            .applying(in -> ResamplingNd.adaptiveAvgPool3d(in[0], s[0], s[1], s[2])));
    cases.add(
        most("adaptive_max_pool3d")
            .with("size", s)
            .input("x", DISTINCT, x)
            .applying(in -> ResamplingNd.adaptiveMaxPool3d(in[0], s[0], s[1], s[2])));
    cases.add(
        nearest(s)
            .input("x", VALUES, x)
            .applying(in -> ResamplingNd.nearest3d(in[0], s[0], s[1], s[2])));
    for (boolean align : new boolean[] {true, false}) {
      cases.add(
          builder("upsample_trilinear", "y = linear along the three axes", "its transpose of dy")
              .with("size", s)
              .with("align_corners", align)
              .input("x", VALUES, x)
              .rule(Rule.multilinear(x[2] + x[3] + x[4]))
              .applying(in -> ResamplingNd.trilinear(in[0], s[0], s[1], s[2], align)));
    }
    int[] larger = {x[2] + s[0], x[3] + s[1], x[4] + s[2]};
    cases.add(
        builder("max_unpool3d", "y = x at the places of maxima, else 0", "dx = dy at the places")
            .with("size", larger)
            .input("x", VALUES, x[0], x[1], 1, 1, 2)
            .setting("index", true, successive(x[2] * x[3] * x[4]), x[0], x[1], 1, 1, 2)
            .rule(Rule.exact())
            .applying(in -> PoolingNd.maxUnpool3d(in[0], in[1].value(), larger)));
  }

  private static void shuffled(List<OpCase> cases, int factor, int... x) {
    cases.add(
        builder("pixel_shuffle", "y[i f + p, j f + q] = x[c f^2 + p f + q, i, j]", "the inverse")
            .with("factor", factor)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Resampling.pixelShuffle(in[0], factor)));
    int[] large = {x[0], x[1] / factor / factor, x[2] * factor, x[3] * factor};
    cases.add(
        builder("pixel_unshuffle", "y[c f^2 + p f + q, i, j] = x[i f + p, j f + q]", "the inverse")
            .with("factor", factor)
            .input("x", VALUES, large)
            .rule(Rule.copy())
            .applying(in -> Resampling.pixelUnshuffle(in[0], factor)));
  }
}
