package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Kernels;

/** Cases of softmax, its logarithm and cross-entropy. */
final class SoftmaxCases {
  private SoftmaxCases() {}

  static void add(List<OpCase> cases) {
    int[][][] shapes = {
      {{1}, {0}},
      {{5}, {0}},
      {{8}, {-1}},
      {{17}, {0}},
      {{2, 3}, {1}},
      {{2, 3}, {0}},
      {{2, 3, 4}, {1}},
      {{2, 3, 4}, {-1}},
      {{2, 3, 4}, {0}},
      {{3, 1}, {1}},
      {{0, 3}, {1}},
      {{4, 10}, {1}},
      {{3, 33}, {1}},
      {{2, 100}, {1}}
    };
    for (int[][] s : shapes) {
      for (Input.View view : Input.View.values()) {
        softmax(cases, view, "", Values.between(-3, 3), s[1][0], s[0]);
      }
    }
    softmax(cases, Input.View.DENSE, "large", Values.between(70, 105), 1, 3, 5);
    softmax(cases, Input.View.DENSE, "equal", Values.listed(0.5), 1, 2, 4);
    int[][] batches = {{1, 1}, {1, 3}, {4, 3}, {2, 10}, {7, 17}, {0, 3}, {5, 33}, {16, 10}};
    for (int[] b : batches) {
      for (Input.View view : Input.View.values()) {
        crossEntropy(cases, view, b[0], b[1]);
      }
    }
  }

  private static void softmax(
      List<OpCase> cases, Input.View view, String remark, Values values, int axis, int... shape) {
    int n = shape[axis < 0 ? axis + shape.length : axis];
    cases.add(
        OpCase.of("softmax", "y = exp(x) / sum exp(x)", "dx = y * (dy - sum y * dy)")
            .family(Kernels.Family.SOFTMAX)
            .recorded()
            .with("axis", axis)
            .remark(remark)
            .view(view)
            .input("x", values, shape)
            .rule(Rule.sensitivity(n))
            .applying(in -> Softmax.softmax(in[0], axis)));
    cases.add(
        OpCase.of("log_softmax", "y = x - log sum exp(x)", "dx = dy - exp(y) * sum dy")
            .family(Kernels.Family.SOFTMAX)
            .recorded()
            .with("axis", axis)
            .remark(remark)
            .view(view)
            .input("x", values, shape)
            .rule(Rule.sensitivity(n))
            .applying(in -> Softmax.logSoftmax(in[0], axis)));
  }

  private static void crossEntropy(List<OpCase> cases, Input.View view, int n, int classes) {
    cases.add(
        OpCase.of(
                "cross_entropy",
                "y = -log softmax(logits)[label]",
                "dlogits = (softmax(logits) - onehot(labels)) * dy")
            .family(Kernels.Family.SOFTMAX)
            .recorded()
            .view(view)
            .input("logits", Values.between(-3, 3), n, classes)
            .view(Input.View.DENSE)
            .setting("labels", true, Values.integers(0, classes - 1), n)
            .rule(Rule.sensitivity(classes))
            .applying(in -> Softmax.crossEntropy(in[0], in[1].value())));
  }
}
