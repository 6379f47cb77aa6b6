package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.ElementLosses;
import org.adjoint.autograd.ops.RowLosses;
import org.adjoint.autograd.ops.Softmax;

/** Cases of the losses of elements and of rows. */
final class LossCases {
  private static final int[][] SHAPES = {{}, {3}, {2, 4}, {17}, {3, 11}, {0}, {2, 33}};
  private static final Values X = Values.cells(0, -3, 3);
  private static final Values T = Values.cells(1, -3, 3);
  private static final Values SIGNS = Values.listed(1, -1, -1, 1, 1);
  private static final Values ONES_AND_ZEROS = Values.listed(1, 0, 0, 1, 1);
  private static final Values SHARE = Values.between(0.05, 0.95);

  private LossCases() {}

  static void add(List<OpCase> cases) {
    for (Input.View view : Input.View.values()) {
      for (int[] shape : SHAPES) {
        distances(cases, view, shape);
        likelihoods(cases, view, shape);
        margins(cases, view, shape);
      }
    }
    int[][] batches = {{1, 1}, {1, 3}, {4, 3}, {3, 10}, {7, 17}, {5, 33}};
    for (int[] b : batches) {
      rows(cases, b);
      classes(cases, b);
    }
  }

  private static void distances(List<OpCase> cases, Input.View view, int... shape) {
    cases.add(
        OpCase.of("l1_loss", "y = |x - t|", "dx = sign(x - t) * dy")
            .recorded()
            .view(view)
            .input("x", X, shape)
            .input("t", T, shape)
            .applying(in -> ElementLosses.l1(in[0], in[1])));
    cases.add(
        OpCase.of("mse_loss", "y = (x - t)^2", "dx = 2 (x - t) * dy")
            .recorded()
            .view(view)
            .input("x", X, shape)
            .input("t", T, shape)
            .applying(in -> ElementLosses.squared(in[0], in[1])));
    for (double width : new double[] {0.7, 1}) {
      cases.add(
          OpCase.of("huber_loss", "y = |d| <= delta ? d^2/2 : delta (|d| - delta/2)", "dx = ...")
              .recorded()
              .with("delta", width)
              .view(view)
              .input("x", X, shape)
              .input("t", T, shape)
              .applying(in -> ElementLosses.huber(in[0], in[1], width)));
      cases.add(
          OpCase.of("smooth_l1_loss", "y = |d| < beta ? d^2/(2 beta) : |d| - beta/2", "dx = ...")
              .recorded()
              .with("beta", width)
              .view(view)
              .input("x", X, shape)
              .input("t", T, shape)
              .applying(in -> ElementLosses.smoothL1(in[0], in[1], width)));
    }
    cases.add(
        OpCase.of("contrastive_loss", "y = t x^2/2 + (1 - t) max(0, m - x)^2/2", "dx = ...")
            .recorded()
            .with("margin", 1.25)
            .view(view)
            .input("x", Values.avoiding(0.05, 0.1, 2, 1.25), shape)
            .plain("t", ONES_AND_ZEROS, shape)
            .applying(in -> ElementLosses.contrastive(in[0], in[1], 1.25)));
  }

  private static void likelihoods(List<OpCase> cases, Input.View view, int... shape) {
    for (boolean log : new boolean[] {false, true}) {
      cases.add(
          OpCase.of("kl_div", log ? "y = e^t (t - x)" : "y = t (ln t - x)", "dx = -t * dy")
              .recorded()
              .with("log_target", log)
              .view(view)
              .input("x", Values.between(-3, -0.1), shape)
              .input("t", log ? Values.between(-2, -0.2) : SHARE, shape)
              .applying(in -> ElementLosses.klDivergence(in[0], in[1], log)));
      cases.add(
          OpCase.of("poisson_nll_loss", log ? "y = e^x - t x" : "y = x - t ln(x + e)", "dx = ...")
              .recorded()
              .with("log_input", log)
              .with("full", !log)
              .view(view)
              .input("x", log ? Values.between(-2, 2) : Values.between(0.5, 4), shape)
              .plain("t", Values.integers(0, 6), shape)
              .applying(in -> ElementLosses.poissonNll(in[0], in[1], log, !log, 1e-3)));
      cases.add(
          OpCase.of("gaussian_nll_loss", "y = (ln v + (x - t)^2/v)/2", "dx = (x - t)/v * dy")
              .recorded()
              .with("full", log)
              .view(view)
              .input("x", X, shape)
              .input("t", T, shape)
              .input("v", Values.between(0.2, 2), shape)
              .applying(in -> ElementLosses.gaussianNll(in[0], in[1], in[2], log, 1e-6)));
    }
    cases.add(
        OpCase.of(
                "binary_cross_entropy",
                "y = -t ln x - (1 - t) ln(1 - x)",
                "dx = (x - t)/(x (1 - x)) * dy")
            .recorded()
            .note("0 < x < 1; logarithms are no less than -100")
            .view(view)
            .input("x", SHARE, shape)
            .input("t", SHARE, shape)
            .applying(in -> ElementLosses.binaryCrossEntropy(in[0], in[1])));
    cases.add(
        OpCase.of("bce_logits_weighted", "y = (1 - t) x + (1 + (w - 1) t) ln(1 + e^-x)", "dx = ...")
            .recorded()
            .view(view)
            .input("x", Values.avoiding(0.05, -3, 3, 0), shape)
            .input("t", SHARE, shape)
            .plain("w", Values.between(0.5, 3), shape)
            .applying(in -> ElementLosses.binaryCrossEntropyWithLogits(in[0], in[1], in[2])));
  }

  private static void margins(List<OpCase> cases, Input.View view, int... shape) {
    Values apart = Values.avoiding(0.05, -3, 3, -1, 1);
    cases.add(
        OpCase.of("hinge_loss", "y = max(0, 1 - x t)", "dx = x t < 1 ? -t * dy : 0")
            .recorded()
            .note("slope 0 at x t = 1")
            .view(view)
            .input("x", apart, shape)
            .plain("t", SIGNS, shape)
            .applying(in -> ElementLosses.hinge(in[0], in[1])));
    cases.add(
        OpCase.of("squared_hinge_loss", "y = max(0, 1 - x t)^2", "dx = ...")
            .recorded()
            .view(view)
            .input("x", apart, shape)
            .plain("t", SIGNS, shape)
            .applying(in -> ElementLosses.squaredHinge(in[0], in[1])));
    cases.add(
        OpCase.of("soft_margin_loss", "y = ln(1 + e^(-x t))", "dx = -t sigmoid(-x t) * dy")
            .recorded()
            .view(view)
            .input("x", Values.avoiding(0.05, -3, 3, 0), shape)
            .plain("t", SIGNS, shape)
            .applying(in -> ElementLosses.softMargin(in[0], in[1])));
    cases.add(
        OpCase.of("hinge_embedding_loss", "y = t = 1 ? x : max(0, m - x)", "dx = ...")
            .recorded()
            .with("margin", 0.75)
            .view(view)
            .input("x", Values.avoiding(0.05, -3, 3, 0.75), shape)
            .plain("t", SIGNS, shape)
            .applying(in -> ElementLosses.hingeEmbedding(in[0], in[1], 0.75)));
    cases.add(
        OpCase.of("margin_ranking_loss", "y = max(0, m - t (a - b))", "da = ...")
            .recorded()
            .with("margin", 0.0)
            .view(view)
            .input("a", X, shape)
            .input("b", T, shape)
            .plain("t", SIGNS, shape)
            .applying(in -> ElementLosses.marginRanking(in[0], in[1], in[2], 0)));
  }

  private static void rows(List<OpCase> cases, int... b) {
    int n = b[0];
    // In one dimension the cosine is a sign, and nothing is left of its gradient but rounding.
    int d = Math.max(2, b[1]);
    cases.add(
        OpCase.of("cosine_similarity", "y = a.b / (|a| |b|)", "da = ...")
            .recorded()
            .input("a", X, n, d)
            .input("b", T, n, d)
            .rule(Rule.sensitivity(2 * d))
            .applying(in -> RowLosses.cosine(in[0], in[1])));
    cases.add(
        OpCase.of("pairwise_distance", "y = |a - b + e|", "da = (a - b + e)/y * dy")
            .recorded()
            .input("a", X, n, d)
            .input("b", T, n, d)
            .rule(Rule.sensitivity(2 * d))
            .applying(in -> RowLosses.distance(in[0], in[1], 1e-6)));
    cases.add(
        OpCase.of("cosine_embedding_loss", "y = t = 1 ? 1 - cos : max(0, cos - m)", "da = ...")
            .recorded()
            .with("margin", -1.5)
            .input("a", X, n, d)
            .input("b", T, n, d)
            .plain("t", SIGNS, n)
            .rule(Rule.sensitivity(2 * d))
            .applying(in -> RowLosses.cosineEmbedding(in[0], in[1], in[2], -1.5)));
    for (boolean swap : new boolean[] {false, true}) {
      cases.add(
          OpCase.of("triplet_margin_loss", "y = max(0, |a - p| - |a - n| + m)", "da = ...")
              .recorded()
              .with("margin", 1.5)
              .with("swap", swap)
              .input("a", X, n, d)
              .input("p", T, n, d)
              .input("n", Values.cells(1, 3, 6), n, d)
              .rule(Rule.sensitivity(6 * d))
              .applying(in -> RowLosses.tripletMargin(in[0], in[1], in[2], 1.5, swap)));
    }
    cases.add(
        OpCase.of("negative_sampling_loss", "y = -ln s(x0) - sum ln s(-xk)", "dx = ...")
            .recorded()
            .input("scores", X, n, b[1])
            .rule(Rule.sensitivity(b[1]))
            .applying(in -> RowLosses.negativeSampling(in[0])));
  }

  private static void classes(List<OpCase> cases, int... b) {
    int n = b[0];
    int k = b[1];
    for (double smoothing : new double[] {0, 0.1}) {
      cases.add(
          OpCase.of("cross_entropy_mean", "y = sum q (-log softmax(x)) / sum w[label]", "dx = ...")
              .recorded()
              .with("smoothing", smoothing)
              .with("ignore", 1)
              .input("x", X, n, k)
              .setting("labels", true, Values.listed(0, k - 1, Math.min(k - 1, 1), k / 2), n)
              .setting("weights", false, Values.between(0.5, 2), k)
              .rule(Rule.sensitivity(n * k))
              .applying(in -> crossEntropy(in, smoothing)));
      cases.add(
          OpCase.of("cross_entropy_probabilities", "y = -sum w t log softmax(x)", "dx = ...")
              .recorded()
              .with("smoothing", smoothing)
              .input("x", X, n, k)
              .input("t", SHARE, n, k)
              .setting("weights", false, Values.between(0.5, 2), k)
              .rule(Rule.sensitivity(2 * k))
              .applying(
                  in ->
                      RowLosses.probabilities(in[1], in[2].value(), smoothing)
                          .of(Softmax.logSoftmax(in[0], 1))));
    }
    cases.add(
        OpCase.of("nll_loss", "y = -w[label] x[label]", "dx = -w[label] onehot(label) * dy")
            .recorded()
            .with("ignore", -100)
            .input("x", Values.between(-3, -0.1), n, k)
            .setting("labels", true, Values.integers(0, k - 1), n)
            .setting("weights", false, Values.between(0.5, 2), k)
            .rule(Rule.sensitivity(k))
            .applying(
                in -> RowLosses.labels(in[1].value(), k, in[0], in[2].value(), 0, -100).of(in[0])));
  }

  private static Variable crossEntropy(Variable[] in, double smoothing) {
    int classes = in[0].shape().dim(1);
    RowLosses.Targets targets =
        RowLosses.labels(in[1].value(), classes, in[0], in[2].value(), smoothing, 1);
    return targets.of(Softmax.logSoftmax(in[0], 1)).sum().div(targets.total());
  }
}
