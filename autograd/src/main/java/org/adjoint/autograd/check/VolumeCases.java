package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Convolutions1d;
import org.adjoint.autograd.ops.Convolutions3d;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;
import org.jspecify.annotations.Nullable;

/** Cases of convolution of sequences and volumes, transposed ones, and "same" padding. */
final class VolumeCases {
  private static final Values VALUES = Values.between(-1.5, 1.5);

  private VolumeCases() {}

  static void add(List<OpCase> cases) {
    for (boolean bias : new boolean[] {true, false}) {
      // n, c, length, filters, taps; stride, padding, dilation, groups
      sequence(cases, bias, new int[] {1, 1, 4, 1, 1}, 1, 0, 1, 1);
      sequence(cases, bias, new int[] {1, 2, 5, 2, 3}, 1, 1, 1, 1);
      sequence(cases, bias, new int[] {2, 1, 6, 2, 2}, 2, 0, 1, 1);
      sequence(cases, bias, new int[] {1, 4, 5, 4, 2}, 1, 2, 2, 2);
      sequence(cases, bias, new int[] {2, 3, 17, 5, 4}, 3, 1, 1, 1);
      sequence(cases, bias, new int[] {0, 1, 3, 1, 2}, 1, 0, 1, 1);
      image(cases, bias, new int[] {1, 1, 2, 2, 1, 2, 2}, Conv2dSpec.DEFAULT, 0, 0);
      image(cases, bias, new int[] {1, 2, 2, 1, 1, 2, 3}, Conv2dSpec.of(2, 1, 1, 1), 1, 0);
      image(cases, bias, new int[] {2, 2, 3, 2, 2, 2, 2}, Conv2dSpec.of(2, 0, 2, 2), 0, 1);
      image(cases, bias, new int[] {1, 4, 3, 4, 6, 3, 3}, Conv2dSpec.of(3, 1, 1, 2), 2, 1);
      image(cases, bias, new int[] {0, 1, 2, 2, 1, 2, 2}, Conv2dSpec.DEFAULT, 0, 0);
      same(cases, bias, new int[] {1, 1, 3, 4, 1, 2, 3}, 1, 1, 1);
      same(cases, bias, new int[] {1, 2, 3, 3, 2, 3, 2}, 1, 3, 2);
      same(cases, bias, new int[] {2, 3, 5, 6, 4, 4, 5}, 2, 1, 1);
      // n, c, depth, h, w, filters, kd, kh, kw
      volume(
          cases, bias, new int[] {1, 1, 2, 2, 3, 1, 2, 2, 2}, Convolutions3d.Spec.of(1, 0, 1, 1));
      volume(
          cases, bias, new int[] {1, 1, 3, 3, 2, 2, 2, 1, 2}, Convolutions3d.Spec.of(1, 1, 1, 1));
      volume(
          cases, bias, new int[] {2, 2, 5, 4, 3, 2, 3, 2, 2}, Convolutions3d.Spec.of(2, 1, 1, 1));
      volume(
          cases, bias, new int[] {1, 4, 5, 3, 3, 4, 2, 2, 2}, Convolutions3d.Spec.of(1, 0, 2, 2));
      volume(
          cases,
          bias,
          new int[] {1, 2, 4, 3, 5, 1, 3, 1, 2},
          new Convolutions3d.Spec(1, 1, 1, new Conv2dSpec(2, 1, 0, 1, 1, 2, 1)));
    }
  }

  private static OpCase.Builder builder(
      String op, String formula, String gradient, int[] stride, int[] padding, int[] dilation) {
    return OpCase.of(op, formula, gradient)
        .family(Kernels.Family.CONVOLUTIONS)
        .recorded()
        .with("stride", stride)
        .with("padding", padding)
        .with("dilation", dilation);
  }

  private static @Nullable Variable bias(Variable[] v) {
    return v.length > 2 ? v[2] : null;
  }

  private static void sequence(
      List<OpCase> cases, boolean bias, int[] s, int stride, int pad, int dilation, int groups) {
    int[][] g = {{stride}, {pad}, {dilation}};
    for (Input.View view : Input.View.values()) {
      if (view != Input.View.DENSE && s[0] != 2) {
        continue;
      }
      OpCase.Builder b =
          builder(
                  "conv1d",
                  "y[n,o,i] = bias[o] + sum x[n,c,i s + p d - pad] w[o,c,p]",
                  "dx = dy *^T w, dw = x * dy, dbias = sum of dy",
                  g[0],
                  g[1],
                  g[2])
              .with("groups", groups)
              .view(view)
              .input("x", VALUES, s[0], s[1], s[2])
              .input("w", VALUES, s[3], s[1] / groups, s[4])
              .rule(Rule.multilinear(s[1] / groups * s[4] + 1));
      cases.add(
          (bias ? b.input("bias", VALUES, s[3]) : b)
              .applying(
                  v -> Convolutions1d.conv1d(v[0], v[1], bias(v), stride, pad, dilation, groups)));
      int left = Math.min(1, stride - 1);
      OpCase.Builder t =
          builder(
                  "conv_transpose1d",
                  "y[n,o,i s + p d - pad] += x[n,c,i] w[c,o,p], and bias[o]",
                  "dx = dy * w, dw = dy * x, dbias = sum of dy",
                  g[0],
                  g[1],
                  g[2])
              .with("groups", groups)
              .with("output_padding", new int[] {left})
              .view(view)
              .input("x", VALUES, s[0], s[1], s[2])
              .input("w", VALUES, s[1], s[3] / groups, s[4])
              .rule(Rule.multilinear(s[1] / groups * s[4] + 1));
      cases.add(
          (bias ? t.input("bias", VALUES, s[3]) : t)
              .applying(
                  v ->
                      Convolutions1d.convTranspose1d(
                          v[0], v[1], bias(v), stride, pad, left, dilation, groups)));
    }
  }

  private static void image(
      List<OpCase> cases, boolean bias, int[] s, Conv2dSpec spec, int left, int right) {
    int groups = spec.groups();
    OpCase.Builder t =
        builder(
                "conv_transpose2d",
                "y[n,o,i s + p d - pad,j s + q d - pad] += x[n,c,i,j] w[c,o,p,q], and bias[o]",
                "dx = dy * w, dw = dy * x, dbias = sum of dy",
                new int[] {spec.strideH(), spec.strideW()},
                new int[] {spec.padH(), spec.padW()},
                new int[] {spec.dilationH(), spec.dilationW()})
            .with("groups", groups)
            .with("output_padding", new int[] {left, right})
            .input("x", VALUES, s[0], s[1], s[2], s[3])
            .input("w", VALUES, s[1], s[4] / groups, s[5], s[6])
            .rule(Rule.multilinear(s[1] / groups * s[5] * s[6] + 1));
    cases.add(
        (bias ? t.input("bias", VALUES, s[4]) : t)
            .applying(v -> Convolutions.convTranspose2d(v[0], v[1], bias(v), spec, left, right)));
  }

  private static void same(
      List<OpCase> cases, boolean bias, int[] s, int dilationH, int dilationW, int groups) {
    OpCase.Builder t =
        OpCase.of(
                "conv2d_same",
                "y = conv2d(x padded to the size of y, w)",
                "dx = dy *^T w, dw = x * dy, dbias = sum of dy")
            .family(Kernels.Family.CONVOLUTIONS)
            .recorded()
            .with("dilation", new int[] {dilationH, dilationW})
            .with("groups", groups)
            .input("x", VALUES, s[0], s[1], s[2], s[3])
            .input("w", VALUES, s[4], s[1] / groups, s[5], s[6])
            .rule(Rule.multilinear(s[1] / groups * s[5] * s[6] + 1));
    cases.add(
        (bias ? t.input("bias", VALUES, s[4]) : t)
            .applying(
                v -> Convolutions.conv2dSame(v[0], v[1], bias(v), dilationH, dilationW, groups)));
  }

  private static void volume(List<OpCase> cases, boolean bias, int[] s, Convolutions3d.Spec spec) {
    Conv2dSpec plane = spec.plane();
    int groups = plane.groups();
    int[][] g = {
      {spec.strideD(), plane.strideH(), plane.strideW()},
      {spec.padD(), plane.padH(), plane.padW()},
      {spec.dilationD(), plane.dilationH(), plane.dilationW()}
    };
    OpCase.Builder b =
        builder(
                "conv3d",
                "y[n,o,i] = bias[o] + sum over p of conv2d(x[n,:,i s + p d - pad], w[o,:,p])",
                "of its parts",
                g[0],
                g[1],
                g[2])
            .with("groups", groups)
            .input("x", VALUES, s[0], s[1], s[2], s[3], s[4])
            .input("w", VALUES, s[5], s[1] / groups, s[6], s[7], s[8])
            .rule(Rule.multilinear(s[1] / groups * s[6] * s[7] * s[8] + 1));
    cases.add(
        (bias ? b.input("bias", VALUES, s[5]) : b)
            .applying(v -> Convolutions3d.conv3d(v[0], v[1], bias(v), spec)));
    int[] left = {spec.strideD() - 1, 0, plane.strideW() - 1};
    OpCase.Builder t =
        builder(
                "conv_transpose3d",
                "y[n,o,i s + p d - pad] += conv_transpose2d(x[n,:,i], w[:,o,p]), and bias[o]",
                "of its parts",
                g[0],
                g[1],
                g[2])
            .with("groups", groups)
            .with("output_padding", left)
            .input("x", VALUES, s[0], s[1], s[2], s[3], s[4])
            .input("w", VALUES, s[1], s[5] / groups, s[6], s[7], s[8])
            .rule(Rule.multilinear(s[1] / groups * s[6] * s[7] * s[8] + 1));
    cases.add(
        (bias ? t.input("bias", VALUES, s[5]) : t)
            .applying(v -> Convolutions3d.convTranspose3d(v[0], v[1], bias(v), spec, left)));
  }
}
