package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Scans;
import org.adjoint.autograd.ops.Sorting;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;

/** Cases of running sums and products, and of order along an axis. */
final class OrderCases {
  private static final int[][][] SHAPES = {
    {{1}, {0}},
    {{5}, {0}},
    {{4}, {-1}},
    {{2, 3}, {0}},
    {{3, 4}, {1}},
    {{2, 3, 2}, {1}},
    {{2, 0}, {1}},
    {{33}, {0}}
  };

  private OrderCases() {}

  static void add(List<OpCase> cases) {
    for (int[][] s : SHAPES) {
      int axis = s[1][0];
      for (Input.View view : Input.View.values()) {
        if (view == Input.View.DENSE || s[0].length == 2) {
          scans(cases, view, axis, s[0]);
          for (boolean descending : new boolean[] {false, true}) {
            sorts(cases, view, axis, descending, s[0]);
          }
          int n = Shape.of(s[0]).dim(axis);
          if (n > 0) {
            selections(cases, view, axis, (n + 2) / 3, s[0]);
          }
        }
      }
    }
    zeros(cases, 0, 4, 0, 4);
    zeros(cases, 1, 5, 1, 3, 4);
    zeros(cases, 0, 3, 1, 2, 3, 2);
    zeros(cases, 0, 2, 0, 6);
  }

  private static OpCase.Builder of(
      Kernels.Family family, String op, String formula, String gradient, int axis) {
    return OpCase.of(op, formula, gradient).family(family).recorded().with("axis", axis);
  }

  private static void scans(List<OpCase> cases, Input.View view, int axis, int... x) {
    Rule sum = Rule.multilinear(Math.max(1, Shape.of(x).dim(axis)));
    cases.add(
        of(
                Kernels.Family.REDUCTIONS,
                "cumsum",
                "y[k] = x[0] + .. + x[k]",
                "dx[k] = dy[k] + .. + dy[n - 1]",
                axis)
            .view(view)
            .input("x", Values.between(-2, 2), x)
            .rule(sum)
            .applying(in -> Scans.cumsum(in[0], axis)));
    cases.add(cumprod(view, "", Values.avoiding(0.4, -1.5, 1.5, 0), axis, x));
  }

  private static OpCase cumprod(Input.View view, String remark, Values values, int axis, int... x) {
    return of(
            Kernels.Family.REDUCTIONS,
            "cumprod",
            "y[k] = x[0] * .. * x[k]",
            "dx[i] = sum over k >= i of dy[k] * y[k] / x[i]",
            axis)
        .remark(remark)
        .view(view)
        .input("x", values, x)
        .rule(Rule.sensitivity(Math.max(1, Shape.of(x).size())))
        .applying(in -> Scans.cumprod(in[0], axis));
  }

  /** Products with zeros among the factors: one or several in a range. */
  private static void zeros(List<OpCase> cases, int first, int every, int axis, int... x) {
    Values values = Values.zeroed(Values.avoiding(0.4, -1.5, 1.5, 0), first, every);
    cases.add(cumprod(Input.View.DENSE, "zeros-" + first + "-" + every, values, axis, x));
  }

  private static void sorts(
      List<OpCase> cases, Input.View view, int axis, boolean descending, int... x) {
    Kernels.Family family = Kernels.Family.INDEXING;
    cases.add(
        of(family, "sort", "y = x in order", "dx = dy where the elements were", axis)
            .with("descending", descending)
            .view(view)
            .input("x", Values.distinct(-2, 2), x)
            .rule(Rule.exact())
            .applying(in -> Sorting.sort(in[0], axis, descending).values()));
    cases.add(
        of(family, "argsort", "x[y] is in order", "none", axis)
            .with("descending", descending)
            .view(view)
            .plain("x", Values.integers(-3, 3), x)
            .rule(Rule.exact())
            .applying(in -> Sorting.argsort(in[0], axis, descending)));
  }

  private static void selections(List<OpCase> cases, Input.View view, int axis, int k, int... x) {
    Kernels.Family family = Kernels.Family.INDEXING;
    String gradient = "dx = 0 except dy where the elements were";
    Values distinct = Values.distinct(-2, 2);
    for (boolean largest : new boolean[] {true, false}) {
      cases.add(
          of(family, "topk", "y = the k largest (smallest) x in order", gradient, axis)
              .with("k", k)
              .with("largest", largest)
              .view(view)
              .input("x", distinct, x)
              .rule(Rule.exact())
              .applying(in -> Sorting.topk(in[0], k, axis, largest).values()));
    }
    cases.add(
        of(family, "kthvalue", "y = the k-th smallest x", gradient, axis)
            .with("k", k)
            .view(view)
            .input("x", distinct, x)
            .rule(Rule.exact())
            .applying(in -> Sorting.kthvalue(in[0], k, axis)));
    cases.add(
        of(family, "median", "y = the lower median of x", gradient, axis)
            .view(view)
            .input("x", distinct, x)
            .rule(Rule.exact())
            .applying(in -> Sorting.median(in[0], axis)));
  }
}
