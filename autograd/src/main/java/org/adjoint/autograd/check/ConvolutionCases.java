package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;

/** Cases of convolution and pooling. */
final class ConvolutionCases {
  private static final Values VALUES = Values.between(-1.5, 1.5);

  private ConvolutionCases() {}

  static void add(List<OpCase> cases) {
    for (boolean bias : new boolean[] {true, false}) {
      // n, c, h, w, filters, kh, kw, and the geometry
      conv(cases, bias, new int[] {1, 1, 3, 3, 1, 1, 1}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {1, 1, 4, 4, 1, 3, 3}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {2, 2, 4, 5, 3, 2, 3}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {1, 2, 5, 5, 2, 5, 5}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {1, 2, 4, 4, 2, 3, 3}, Conv2dSpec.of(1, 1, 1, 1));
      conv(cases, bias, new int[] {2, 1, 5, 5, 2, 3, 3}, Conv2dSpec.of(2, 1, 1, 1));
      conv(cases, bias, new int[] {1, 1, 6, 6, 2, 2, 2}, Conv2dSpec.of(2, 0, 1, 1));
      conv(cases, bias, new int[] {1, 1, 7, 6, 1, 2, 2}, Conv2dSpec.of(3, 0, 1, 1));
      conv(cases, bias, new int[] {1, 2, 6, 6, 2, 3, 3}, Conv2dSpec.of(1, 0, 2, 1));
      conv(cases, bias, new int[] {1, 1, 7, 7, 1, 3, 3}, Conv2dSpec.of(2, 2, 2, 1));
      conv(cases, bias, new int[] {2, 4, 4, 4, 4, 3, 3}, Conv2dSpec.of(1, 1, 1, 2));
      conv(cases, bias, new int[] {1, 3, 4, 4, 3, 3, 3}, Conv2dSpec.of(1, 1, 1, 3));
      conv(cases, bias, new int[] {1, 3, 5, 5, 6, 3, 3}, Conv2dSpec.of(2, 2, 2, 3));
      conv(cases, bias, new int[] {1, 2, 5, 7, 2, 3, 2}, new Conv2dSpec(2, 1, 1, 0, 1, 2, 1));
      conv(cases, bias, new int[] {1, 1, 1, 1, 1, 3, 3}, Conv2dSpec.of(1, 2, 1, 1));
      conv(cases, bias, new int[] {0, 1, 4, 4, 1, 3, 3}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {3, 1, 12, 12, 4, 5, 5}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {2, 6, 8, 8, 16, 5, 5}, Conv2dSpec.DEFAULT);
      conv(cases, bias, new int[] {2, 3, 17, 13, 8, 3, 3}, Conv2dSpec.of(1, 1, 1, 1));
      conv(cases, bias, new int[] {1, 16, 9, 9, 8, 1, 1}, Conv2dSpec.DEFAULT);
    }
    int[][] planes = {
      {1, 1, 4, 4}, {2, 3, 5, 5}, {1, 2, 6, 7}, {1, 1, 7, 7}, {0, 1, 4, 4}, {2, 3, 16, 17}
    };
    for (int[] x : planes) {
      for (Input.View view : Input.View.values()) {
        if (view == Input.View.DENSE || x[0] == 2) {
          pool(cases, view, Pool2dSpec.of(2, 2), x);
          pool(cases, view, Pool2dSpec.of(3, 1), x);
          pool(cases, view, Pool2dSpec.of(1, 1), x);
          pool(cases, view, new Pool2dSpec(3, 3, 2, 2, 1, 1), x);
          pool(cases, view, new Pool2dSpec(2, 3, 1, 2, 1, 0), x);
          pool(cases, view, new Pool2dSpec(4, 2, 4, 1, 2, 1), x);
        }
      }
    }
  }

  private static void conv(List<OpCase> cases, boolean bias, int[] s, Conv2dSpec spec) {
    for (Input.View view : Input.View.values()) {
      if (view != Input.View.DENSE && s[0] != 2) {
        continue;
      }
      int channels = s[1] / spec.groups();
      OpCase.Builder b =
          OpCase.of(
                  "conv2d",
                  "y[n,o,i,j] = bias[o] + sum x[n,c,i s + p d - pad,j s + q d - pad] w[o,c,p,q]",
                  "dx = dy *^T w, dw = x * dy, dbias = sum of dy")
              .family(Kernels.Family.CONVOLUTIONS)
              .recorded()
              .with("stride", new int[] {spec.strideH(), spec.strideW()})
              .with("padding", new int[] {spec.padH(), spec.padW()})
              .with("dilation", new int[] {spec.dilationH(), spec.dilationW()})
              .with("groups", spec.groups())
              .view(view)
              .input("x", VALUES, s[0], s[1], s[2], s[3])
              .input("w", VALUES, s[4], channels, s[5], s[6])
              .rule(Rule.multilinear(channels * s[5] * s[6] + 1));
      if (bias) {
        b.input("bias", VALUES, s[4]);
      }
      cases.add(b.applying(v -> Convolutions.conv2d(v[0], v[1], v.length > 2 ? v[2] : null, spec)));
    }
  }

  private static OpCase.Builder pooling(
      String op, String formula, String gradient, Pool2dSpec spec) {
    return OpCase.of(op, formula, gradient)
        .family(Kernels.Family.CONVOLUTIONS)
        .recorded()
        .with("kernel", new int[] {spec.kernelH(), spec.kernelW()})
        .with("stride", new int[] {spec.strideH(), spec.strideW()})
        .with("padding", new int[] {spec.padH(), spec.padW()});
  }

  private static void pool(List<OpCase> cases, Input.View view, Pool2dSpec spec, int... x) {
    cases.add(
        pooling(
                "max_pool2d",
                "y = the largest x of each window",
                "dx = dy at the element that won its window",
                spec)
            .note("the first of equals wins")
            .view(view)
            .input("x", Values.distinct(-2, 2), x)
            .rule(Rule.exact())
            .applying(in -> Pooling.maxPool2d(in[0], spec)));
    cases.add(
        pooling(
                "avg_pool2d",
                "y = the mean of each window, padding included",
                "dx = dy / window, added over windows",
                spec)
            .view(view)
            .input("x", VALUES, x)
            .rule(Rule.multilinear(spec.kernelH() * spec.kernelW()))
            .applying(in -> Pooling.avgPool2d(in[0], spec)));
  }
}
