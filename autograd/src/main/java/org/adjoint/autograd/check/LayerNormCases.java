package org.adjoint.autograd.check;

import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;

/** Cases of layer, root-mean-square, group and instance norm. */
final class LayerNormCases {
  private static final double EPSILON = 1e-3;

  private static final String GRADIENT =
      "g = dy * gamma, dx = (g - mean g - xhat * mean g xhat) / sqrt(variance + epsilon), dgamma ="
          + " sum dy * xhat, dbeta = sum dy";

  private LayerNormCases() {}

  static void add(List<OpCase> cases) {
    // The shape, and how many last axes are normalised.
    int[][][] rows = {
      {{4}, {1}},
      {{3, 2}, {1}},
      {{2, 5}, {1}},
      {{2, 3, 4}, {1}},
      {{2, 3, 4}, {2}},
      {{2, 2, 3}, {3}},
      {{5, 1}, {1}},
      {{0, 3}, {1}},
      {{3, 17}, {1}},
      {{70, 3}, {1}},
      {{2, 65}, {1}},
    };
    for (int[][] r : rows) {
      for (Input.View view : Input.View.values()) {
        for (int affine = 0; affine < 3; affine++) {
          layer(cases, view, affine, r[1][0], r[0]);
        }
        rms(cases, view, false, r[1][0], r[0]);
        rms(cases, view, true, r[1][0], r[0]);
      }
    }
    // The shape, and the groups.
    int[][][] planes = {
      {{2, 4}, {2}},
      {{1, 3}, {1}},
      {{2, 2, 3}, {1}},
      {{2, 4, 2, 2}, {2}},
      {{1, 6, 3, 1}, {3}},
      {{3, 2, 5}, {2}},
      {{0, 2, 3}, {2}},
      {{2, 4, 2, 1, 3}, {2}},
    };
    for (int[][] p : planes) {
      for (Input.View view : Input.View.values()) {
        for (int affine = 0; affine < 3; affine++) {
          group(cases, view, affine, p[1][0], p[0]);
        }
        if (p[0].length > 2) {
          instance(cases, view, p[0]);
        }
      }
    }
  }

  private static int[] last(int axes, int... x) {
    return Arrays.copyOfRange(x, x.length - axes, x.length);
  }

  private static OpCase.Builder affine(OpCase.Builder b, int affine, int... shape) {
    if (affine > 0) {
      b.input("gamma", Values.between(0.5, 1.5), shape);
    }
    return affine > 1 ? b.input("beta", Values.between(-1, 1), shape) : b;
  }

  private static void layer(List<OpCase> cases, Input.View view, int affine, int axes, int... x) {
    int[] last = last(axes, x);
    Shape normalized = Shape.of(last);
    OpCase.Builder b =
        OpCase.of(
                "layer_norm", "y = (x - mean) / sqrt(variance + epsilon) * gamma + beta", GRADIENT)
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("axes", axes)
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x);
    cases.add(
        affine(b, affine, last)
            .rule(Rule.sensitivity(normalized.size() + 2))
            .applying(
                in ->
                    LayerNorms.layerNorm(
                        in[0],
                        normalized,
                        affine > 0 ? in[1] : null,
                        affine > 1 ? in[2] : null,
                        EPSILON)));
  }

  private static void rms(List<OpCase> cases, Input.View view, boolean scaled, int axes, int... x) {
    int[] last = last(axes, x);
    Shape normalized = Shape.of(last);
    OpCase.Builder b =
        OpCase.of(
                "rms_norm",
                "y = x / sqrt(mean x^2 + epsilon) * gamma",
                "g = dy * gamma, dx = (g - xhat * mean g xhat) / sqrt(mean x^2 + epsilon), dgamma ="
                    + " sum dy * xhat")
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("axes", axes)
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x);
    cases.add(
        affine(b, scaled ? 1 : 0, last)
            .rule(Rule.sensitivity(normalized.size() + 2))
            .applying(in -> LayerNorms.rmsNorm(in[0], normalized, scaled ? in[1] : null, EPSILON)));
  }

  private static void group(List<OpCase> cases, Input.View view, int affine, int groups, int... x) {
    OpCase.Builder b =
        OpCase.of(
                "group_norm",
                "y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, by groups of channels",
                GRADIENT)
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("groups", groups)
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x);
    cases.add(
        affine(b, affine, x[1])
            .rule(Rule.sensitivity(elements(x) / Math.max(1, x[0]) + 2))
            .applying(
                in ->
                    LayerNorms.groupNorm(
                        in[0],
                        groups,
                        affine > 0 ? in[1] : null,
                        affine > 1 ? in[2] : null,
                        EPSILON)));
  }

  private static void instance(List<OpCase> cases, Input.View view, int... x) {
    OpCase.Builder b =
        OpCase.of(
                "instance_norm",
                "y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, by channels of a sample",
                GRADIENT)
            .family(Kernels.Family.NORMS)
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x)
            .input("gamma", Values.between(0.5, 1.5), x[1])
            .input("beta", Values.between(-1, 1), x[1])
            .rule(Rule.sensitivity(elements(x) / Math.max(1, x[0]) + 2));
    // PyTorch refuses an empty batch.
    OpCase.Builder known = x[0] > 0 ? b.recorded() : b;
    cases.add(known.applying(in -> LayerNorms.instanceNorm(in[0], in[1], in[2], EPSILON)));
  }

  private static int elements(int... x) {
    return Shape.of(x).size();
  }
}
