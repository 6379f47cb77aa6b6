package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Views;
import org.adjoint.tensor.Shape;

/** Cases of the operations that only rearrange elements. */
final class ViewCases {
  private static final Values VALUES = Values.between(-2, 2);

  private ViewCases() {}

  static void add(List<OpCase> cases) {
    for (Input.View view : Input.View.values()) {
      reshape(cases, view, new int[] {6}, 2, 3);
      reshape(cases, view, new int[] {2, 3}, 6);
      reshape(cases, view, new int[] {2, 3, 4}, 4, -1);
      reshape(cases, view, new int[] {2, 3, 4}, 2, 2, 6);
      reshape(cases, view, new int[] {1}, new int[0]);
      reshape(cases, view, new int[] {0, 3}, 3, 0);
      permute(cases, view, new int[] {5}, 0);
      permute(cases, view, new int[] {2, 3}, 1, 0);
      permute(cases, view, new int[] {2, 3, 4}, 2, 0, 1);
      permute(cases, view, new int[] {2, 3, 4}, -1, 1, 0);
      permute(cases, view, new int[] {2, 1, 3, 2}, 3, 1, 0, 2);
      transpose(cases, view, new int[] {2, 3}, 0, 1);
      transpose(cases, view, new int[] {2, 3, 4}, -1, 0);
      transpose(cases, view, new int[] {2, 3, 4}, 1, 1);
      slice(cases, view, new int[] {7}, 0, 0, 7, 1);
      slice(cases, view, new int[] {7}, 0, 1, 6, 2);
      slice(cases, view, new int[] {7}, 0, 3, 3, 1);
      slice(cases, view, new int[] {2, 5}, 1, 1, 4, 1);
      slice(cases, view, new int[] {2, 5}, -1, -4, -1, 2);
      slice(cases, view, new int[] {4, 3}, 0, 1, 4, 3);
      slice(cases, view, new int[] {2, 3, 4}, 1, 0, 3, 2);
      select(cases, view, new int[] {5}, 0, 2);
      select(cases, view, new int[] {2, 3}, 0, 1);
      select(cases, view, new int[] {2, 3}, -1, -1);
      select(cases, view, new int[] {2, 3, 4}, 1, 2);
      expand(cases, view, new int[] {3}, 2, 3);
      expand(cases, view, new int[] {2, 1}, 2, 3);
      expand(cases, view, new int[] {1, 3, 1}, 4, 2, 3, 2);
      expand(cases, view, new int[] {2, 3}, 2, 3);
      expand(cases, view, new int[] {1}, 17);
      expand(cases, view, new int[] {1, 0}, 3, 0);
      axis(cases, "squeeze", view, 0, 1, 3);
      axis(cases, "squeeze", view, -1, 2, 3, 1);
      axis(cases, "squeeze", view, 1, 2, 1, 2);
      axis(cases, "unsqueeze", view, 0, 3);
      axis(cases, "unsqueeze", view, -1, 2, 3);
      axis(cases, "unsqueeze", view, 1, 2, 3);
      axis(cases, "flatten", view, 1, 2, 3, 2);
      axis(cases, "flatten", view, 0, 2, 3);
      axis(cases, "flatten", view, -1, 2, 3);
    }
    expand(cases, Input.View.DENSE, new int[0], 2, 3);
    axis(cases, "unsqueeze", Input.View.DENSE, 0);
  }

  private static OpCase.Builder view(
      String op, Input.View view, String formula, String gradient, int[] x) {
    return OpCase.of(op, formula, gradient)
        .recorded()
        .view(view)
        .input("x", VALUES, x)
        .rule(op.equals("expand") ? Rule.exact() : Rule.copy());
  }

  private static void reshape(List<OpCase> cases, Input.View view, int[] x, int... shape) {
    cases.add(
        view("reshape", view, "y = x under another shape", "dx = dy in the shape of x", x)
            .with("shape", shape)
            .applying(in -> Views.reshape(in[0], shape)));
  }

  private static void permute(List<OpCase> cases, Input.View view, int[] x, int... order) {
    cases.add(
        view("permute", view, "axis i of y is axis order[i] of x", "dx = dy with inverse order", x)
            .with("order", order)
            .applying(in -> Views.permute(in[0], order)));
  }

  private static void transpose(List<OpCase> cases, Input.View view, int[] x, int a, int b) {
    cases.add(
        view("transpose", view, "y = x with two axes exchanged", "dx = dy with them exchanged", x)
            .with("axes", new int[] {a, b})
            .applying(in -> Views.transpose(in[0], a, b)));
  }

  private static void slice(
      List<OpCase> cases, Input.View view, int[] x, int axis, int from, int to, int step) {
    cases.add(
        view("slice", view, "y = x[from : to : step]", "dx = 0 except dy in the slice", x)
            .with("axis", axis)
            .with("from", from)
            .with("to", to)
            .with("step", step)
            .applying(in -> Views.slice(in[0], axis, from, to, step)));
  }

  private static void select(List<OpCase> cases, Input.View view, int[] x, int axis, int index) {
    cases.add(
        view("select", view, "y = x[index]", "dx = 0 except dy at the index", x)
            .with("axis", axis)
            .with("index", index)
            .applying(in -> Views.select(in[0], axis, index)));
  }

  private static void expand(List<OpCase> cases, Input.View view, int[] x, int... shape) {
    int copies = Math.max(1, Shape.of(shape).size() / Math.max(1, Shape.of(x).size()));
    Shape target = Shape.of(shape);
    cases.add(
        view("expand", view, "y = x broadcast", "dx = dy summed over the broadcast axes", x)
            .with("shape", shape)
            .remark(copies == 1 ? "same" : "")
            .applying(in -> Views.expand(in[0], target)));
  }

  private static void axis(List<OpCase> cases, String op, Input.View view, int axis, int... x) {
    String formula =
        switch (op) {
          case "squeeze" -> "y = x without an axis of extent 1";
          case "unsqueeze" -> "y = x with a new axis of extent 1";
          default -> "y = x with all axes from one on merged";
        };
    cases.add(
        view(op, view, formula, "dx = dy in the shape of x", x)
            .with("axis", axis)
            .applying(
                in ->
                    switch (op) {
                      case "squeeze" -> Views.squeeze(in[0], axis);
                      case "unsqueeze" -> Views.unsqueeze(in[0], axis);
                      default -> Views.flatten(in[0], axis);
                    }));
  }
}
