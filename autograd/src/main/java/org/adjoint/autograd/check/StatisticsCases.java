package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Statistics;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;

/** Cases of the reductions that are made of simpler ones. */
final class StatisticsCases {
  /** A shape and the axes to reduce; none means all. */
  private static final int[][][] SHAPES = {
    {{3}, {0}},
    {{5}, {}},
    {{3, 2}, {0}},
    {{3, 4}, {-1}},
    {{2, 3, 4}, {1}},
    {{2, 3, 4}, {0, 2}},
    {{2, 3, 2}, {}},
    {{3, 33}, {1}}
  };

  private static final double[] NORMS = {
    1, 2, 3, 1.5, -2, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private StatisticsCases() {}

  static void add(List<OpCase> cases) {
    for (int[][] s : SHAPES) {
      for (Input.View view : Input.View.values()) {
        if (view == Input.View.DENSE || s[0].length == 2) {
          for (int correction : new int[] {0, 1}) {
            variance(cases, view, correction, s[0], s[1]);
            std(cases, view, correction, s[0], s[1]);
          }
          for (double p : NORMS) {
            norm(cases, view, p, s[0], s[1]);
          }
          logSumExp(cases, view, s[0], s[1]);
          counts(cases, view, s[0], s[1]);
        }
      }
    }
  }

  private static OpCase.Builder of(
      String op, String formula, String gradient, Input.View view, int... axes) {
    return OpCase.of(op, formula, gradient)
        .family(Kernels.Family.REDUCTIONS)
        .recorded()
        .with("axes", axes)
        .view(view);
  }

  private static Rule rule(int... shape) {
    return Rule.sensitivity(Shape.of(shape).size());
  }

  private static void variance(
      List<OpCase> cases, Input.View view, int correction, int[] x, int... axes) {
    String formula = "y = sum((x - mean(x))^2) / (n - correction)";
    cases.add(
        of("var", formula, "dx = 2 * dy * (x - mean(x)) / (n - correction)", view, axes)
            .with("correction", correction)
            .input("x", Values.distinct(-2, 2), x)
            .rule(rule(x))
            .applying(in -> Statistics.variance(in[0], correction, axes)));
  }

  private static void std(
      List<OpCase> cases, Input.View view, int correction, int[] x, int... axes) {
    String gradient = "dx = dy * (x - mean(x)) / ((n - correction) * y)";
    cases.add(
        of("std", "y = sqrt(var(x))", gradient, view, axes)
            .note("the gradient is 0 where y is 0")
            .with("correction", correction)
            .input("x", Values.distinct(-2, 2), x)
            .rule(rule(x))
            .applying(in -> Statistics.std(in[0], correction, axes)));
  }

  private static void norm(List<OpCase> cases, Input.View view, double p, int[] x, int... axes) {
    String gradient = "dx = dy * sign(x) * (|x| / y)^(p - 1)";
    cases.add(
        of("norm", "y = sum(|x|^p)^(1 / p)", gradient, view, axes)
            .note("the gradient is 0 where x or y is 0; equal extremes share it evenly")
            .with("p", p)
            // One sign, so that no two moduli are equal.
            .input("x", Values.distinct(0.25, 2), x)
            .rule(rule(x))
            .applying(in -> Statistics.norm(in[0], p, axes)));
  }

  private static void logSumExp(List<OpCase> cases, Input.View view, int[] x, int... axes) {
    cases.add(
        of("logsumexp", "y = log(sum(exp(x)))", "dx = dy * softmax(x)", view, axes)
            .input("x", Values.between(-3, 3), x)
            .rule(rule(x))
            .applying(in -> Statistics.logSumExp(in[0], axes)));
  }

  private static void counts(List<OpCase> cases, Input.View view, int[] x, int... axes) {
    Values few = Values.integers(0, 1);
    cases.add(
        of("count_nonzero", "y = count(x != 0)", "none", view, axes)
            .plain("x", few, x)
            .rule(Rule.exact())
            .applying(in -> Statistics.countNonzero(in[0], axes)));
    cases.add(
        of("any", "y = 1 if any x != 0, else 0", "none", view, axes)
            .plain("x", few, x)
            .rule(Rule.exact())
            .applying(in -> Statistics.any(in[0], axes)));
    cases.add(
        of("all", "y = 1 if all x != 0, else 0", "none", view, axes)
            .plain("x", few, x)
            .rule(Rule.exact())
            .applying(in -> Statistics.all(in[0], axes)));
  }
}
