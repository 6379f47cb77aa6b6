package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Shape;

/** Cases of the reductions. */
final class ReductionCases {
  /** A shape and the axes to reduce; none means all. */
  private static final int[][][] SHAPES = {
    {{}, {}},
    {{5}, {0}},
    {{1}, {0}},
    {{8}, {}},
    {{17}, {-1}},
    {{2, 3}, {0}},
    {{2, 3}, {1}},
    {{2, 3}, {-2}},
    {{2, 3}, {0, 1}},
    {{2, 3}, {}},
    {{2, 3, 4}, {0}},
    {{2, 3, 4}, {1}},
    {{2, 3, 4}, {2}},
    {{2, 3, 4}, {0, 2}},
    {{2, 3, 4}, {2, 1}},
    {{2, 3, 4}, {}},
    {{3, 1, 2, 2}, {1}},
    {{3, 1, 2, 2}, {0, 2}},
    {{3, 1, 2, 2}, {0, 3}},
    {{2, 0}, {0}},
    {{3, 33}, {1}},
    {{33, 3}, {0}},
    {{13, 100}, {0}},
    {{13, 100}, {1}},
    {{4, 65}, {}}
  };

  private ReductionCases() {}

  static void add(List<OpCase> cases) {
    for (ReduceOp op : ReduceOp.values()) {
      for (int[][] s : SHAPES) {
        // The bound of a product takes as many gradients as there are factors: no long ones here.
        if (op != ReduceOp.PROD || Shape.of(s[0]).size() <= 260) {
          cases.add(reduce(op, Input.View.DENSE, "", values(op, s[0]), s[0], s[1]));
        }
      }
      cases.add(reduce(op, Input.View.STRIDED, "", values(op, 7), new int[] {7}, 0));
      cases.add(reduce(op, Input.View.STRIDED, "", values(op, 3, 4), new int[] {3, 4}, 1));
      cases.add(reduce(op, Input.View.REVERSED, "", values(op, 3, 4), new int[] {3, 4}, 0));
      cases.add(
          reduce(op, Input.View.REVERSED, "", values(op, 2, 3, 4), new int[] {2, 3, 4}, 0, 2));
      int many = op == ReduceOp.PROD ? 207 : 1000;
      cases.add(reduce(op, Input.View.DENSE, "", values(op, many), new int[] {many}, 0));
      if (op.allowsEmpty() && op != ReduceOp.MEAN) {
        cases.add(reduce(op, Input.View.DENSE, "", values(op, 0), new int[] {0}, 0));
        cases.add(reduce(op, Input.View.DENSE, "", values(op, 2, 0), new int[] {2, 0}, 1));
      }
    }
    zeros(cases, 0, 4, new int[] {4}, 0);
    zeros(cases, 1, 5, new int[] {3, 4}, 1);
    zeros(cases, 0, 3, new int[] {2, 3, 2}, 0, 2);
    zeros(cases, 0, 2, new int[] {6}, 0);
    for (boolean largest : new boolean[] {true, false}) {
      arg(cases, largest, new int[] {5}, 0);
      arg(cases, largest, new int[] {2, 3}, 0);
      arg(cases, largest, new int[] {2, 3}, -1);
      arg(cases, largest, new int[] {2, 3, 4}, 1);
      arg(cases, largest, new int[] {33, 3}, 0);
      arg(cases, largest, new int[] {4, 100}, 1);
    }
  }

  private static Values values(ReduceOp op, int... shape) {
    return switch (op) {
      case SUM, MEAN -> Values.between(-2, 2);
      case MAX, MIN -> Values.distinct(-2, 2);
      // Long products stay near 1.
      case PROD ->
          Shape.of(shape).size() > 64
              ? Values.between(0.95, 1.05)
              : Values.avoiding(0.4, -1.5, 1.5, 0);
    };
  }

  private static Rule rule(ReduceOp op, Shape shape, int... axes) {
    int n = 1;
    for (int a : axes) {
      n *= shape.dim(a);
    }
    if (axes.length == 0) {
      n = shape.size();
    }
    return switch (op) {
      case SUM, MEAN -> Rule.multilinear(Math.max(n, 1));
      case MAX, MIN -> Rule.exact();
      case PROD -> Rule.sensitivity(Math.max(n, 1));
    };
  }

  private static OpCase reduce(
      ReduceOp op, Input.View view, String remark, Values values, int[] shape, int... axes) {
    return OpCase.of(op.label(), op.formula(), op.gradient())
        .note(op.allowsEmpty() ? "" : "of equals, each gets an equal share of the gradient")
        .family(Kernels.Family.REDUCTIONS)
        .recorded()
        .with("axes", axes)
        .remark(remark)
        .view(view)
        .input("x", values, shape)
        .rule(rule(op, Shape.of(shape), axes))
        .applying(in -> Reductions.reduce(op, in[0], axes));
  }

  /** Products with zeros among the factors: none, one or several in a range. */
  private static void zeros(List<OpCase> cases, int first, int every, int[] shape, int... axes) {
    Values values = Values.zeroed(values(ReduceOp.PROD, shape), first, every);
    String remark = "zeros-" + first + "-" + every;
    cases.add(reduce(ReduceOp.PROD, Input.View.DENSE, remark, values, shape, axes));
  }

  private static void arg(List<OpCase> cases, boolean largest, int[] shape, int axis) {
    String op = largest ? "argmax" : "argmin";
    for (Input.View view : Input.View.values()) {
      cases.add(
          OpCase.of(op, "y = index of the " + (largest ? "largest" : "smallest") + " x", "none")
              .family(Kernels.Family.REDUCTIONS)
              .recorded()
              .with("axis", axis)
              .view(view)
              .plain("x", Values.distinct(-2, 2), shape)
              .rule(Rule.exact())
              .applying(
                  in -> largest ? Reductions.argmax(in[0], axis) : Reductions.argmin(in[0], axis)));
    }
  }
}
