package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Ctc;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Kernels;

/** Cases of connectionist temporal classification. */
final class CtcCases {
  private CtcCases() {}

  static void add(List<OpCase> cases) {
    // steps, batch, classes, most labels, blank
    int[][] shapes = {
      {1, 1, 2, 0, 0}, {3, 2, 3, 1, 0}, {5, 2, 3, 2, 1}, {6, 3, 4, 2, 3}, {7, 2, 3, 3, 0}
    };
    for (int[] s : shapes) {
      Values labels = s[4] == 1 ? Values.listed(0, 2, 2, 0) : Values.listed(1, 2, 2, 1);
      cases.add(
          OpCase.of(
                  "ctc_loss",
                  "y = -log sum over the ways to lay the labels of the product of softmax(x)",
                  "dx = softmax(x) - the share of the ways through it")
              .family(Kernels.Family.RECURRENT)
              .recorded()
              .note("where no way is long enough the gradient is 0")
              .with("blank", s[4])
              .input("x", Values.between(-1, 1), s[0], s[1], s[2])
              .setting("targets", true, labels, s[1], s[3])
              .setting("input_lengths", true, Values.listed(s[0], s[0] - 1), s[1])
              .setting("target_lengths", true, Values.listed(s[3], (s[3] + 1) / 2), s[1])
              .rule(Rule.sensitivity(s[0] * s[1] * s[2]))
              .applying(
                  in ->
                      Ctc.loss(
                          Softmax.logSoftmax(in[0], 2),
                          in[1].value(),
                          in[2].value(),
                          in[3].value(),
                          s[4],
                          true)));
    }
  }
}
