package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Kernels;

/** Cases of scaled dot-product attention: plain, causal, with a mask, with dropout. */
final class AttentionCases {
  private AttentionCases() {}

  static void add(List<OpCase> cases) {
    // batch, heads, queries, keys, width, width of values
    int[][] shapes = {
      {1, 1, 1, 1, 1, 1},
      {1, 1, 2, 3, 2, 2},
      {1, 2, 2, 2, 2, 1},
      {2, 1, 1, 3, 1, 3},
      {1, 1, 4, 2, 2, 1},
      {2, 2, 3, 5, 4, 3},
      {1, 2, 5, 0, 2, 2},
      {0, 2, 3, 3, 2, 2},
      {1, 3, 7, 7, 5, 5},
    };
    for (int[] s : shapes) {
      for (Input.View view : Input.View.values()) {
        plain(cases, view, false, 0, s);
        plain(cases, view, true, 0, s);
      }
      plain(cases, Input.View.DENSE, true, 2, s);
      masked(cases, false, s);
      masked(cases, true, s);
      dropped(cases, s);
    }
  }

  private static OpCase.Builder builder(Input.View view, int... s) {
    return OpCase.of(
            "attention",
            "y = softmax(scale * q k^T + mask) v",
            "dv = P^T dy, dS = P * (dy v^T - sum dy * y), dq = scale * dS k, dk = scale * dS^T q")
        .family(Kernels.Family.ATTENTION)
        .view(view)
        .input("q", Values.between(-1.5, 1.5), s[0], s[1], s[2], s[4])
        .input("k", Values.between(-1.5, 1.5), s[0], s[1], s[3], s[4])
        .input("v", Values.between(-2, 2), s[0], s[1], s[3], s[5])
        .view(Input.View.DENSE)
        .rule(Rule.sensitivity(s[3] * (s[4] + 1) + s[4]));
  }

  private static double scale(int... s) {
    return 1 / Math.sqrt(s[4]);
  }

  private static void plain(
      List<OpCase> cases, Input.View view, boolean causal, int past, int... s) {
    AttentionSpec spec = new AttentionSpec(scale(s), causal, past, 0);
    cases.add(
        builder(view, s)
            .recorded()
            .with("causal", causal)
            .with("past", past)
            .applying(in -> Attention.scaledDotProduct(in[0], in[1], in[2], null, null, spec)));
  }

  /** A mask that is one number a key, or one a score; a few keys are hidden, the first never. */
  private static void masked(List<OpCase> cases, boolean causal, int... s) {
    AttentionSpec spec = new AttentionSpec(scale(s), causal, 0, 0);
    double hidden = Double.NEGATIVE_INFINITY;
    cases.add(
        builder(Input.View.DENSE, s)
            .recorded()
            .with("causal", causal)
            .remark("key-mask")
            .setting("mask", false, Values.listed(0, hidden, 0.5, -1), s[3])
            .applying(
                in -> Attention.scaledDotProduct(in[0], in[1], in[2], in[3].value(), null, spec)));
    cases.add(
        builder(Input.View.DENSE, s)
            .recorded()
            .with("causal", causal)
            .remark("full-mask")
            .setting("mask", false, Values.between(-1, 1), s[0], s[1], s[2], s[3])
            .applying(
                in -> Attention.scaledDotProduct(in[0], in[1], in[2], in[3].value(), null, spec)));
  }

  private static void dropped(List<OpCase> cases, int... s) {
    AttentionSpec spec = new AttentionSpec(0.7, true, 1, 0.3);
    cases.add(
        builder(Input.View.DENSE, s)
            .with("causal", true)
            .with("past", 1)
            .with("dropout", 0.3)
            .setting("key", false, Values.integers(0, (1 << 24) - 1), 2)
            .applying(
                in -> Attention.scaledDotProduct(in[0], in[1], in[2], null, in[3].value(), spec)));
  }
}
