package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.UpdateStep;

/** What a call computes, as a formula over the names of its operands. */
final class FormulaText {
  private FormulaText() {}

  /**
   * Returns the formula.
   *
   * @param names those of the call's tensors, in order
   */
  static String of(Instruction i, List<String> names) {
    return switch (i.work()) {
      case KernelWork.Map m -> m.f().bind(m.parameters()).text(names, List.of());
      case KernelWork.Reduce r ->
          r.reduce().label() + "(" + r.f().text(names, List.of()) + ") along axis " + r.axis();
      case KernelWork.Draw d -> d.op() + "(seed " + d.seed() + ")";
      case KernelWork.Update u ->
          update(u.step()) + (u.rows() ? ", in rows " + names.getLast() : "");
      case KernelWork.Call c -> call(c, i, names);
    };
  }

  private static String call(KernelWork.Call c, Instruction i, List<String> names) {
    if (c.op().equals("matmul")) {
      return names.get(0)
          + ((boolean) c.settings().get(0) ? "ᵀ · " : " · ")
          + names.get(1)
          + ((boolean) c.settings().get(1) ? "ᵀ" : "")
          + (names.size() > 3 ? " + " + names.get(2) : "");
    }
    List<String> parts = new ArrayList<>();
    for (int t = 0; t < names.size(); t++) {
      if (i.reads(t)) {
        parts.add(names.get(t));
      }
    }
    StringBuilder s = new StringBuilder(c.op());
    s.append('(').append(String.join(", ", parts)).append(')');
    for (Object setting : c.settings()) {
      String text =
          switch (setting) {
            case Conv2dSpec spec -> convolution(spec);
            case Pool2dSpec spec -> pooling(spec);
            case Integer axis -> "axis " + axis;
            case Double epsilon when c.family() == Family.NORMS -> "ε = " + epsilon;
            default -> setting.toString();
          };
      s.append(text.isEmpty() ? "" : ", " + text);
    }
    return s.toString();
  }

  private static String convolution(Conv2dSpec s) {
    List<String> parts = new ArrayList<>();
    pair(parts, "stride", s.strideH(), s.strideW(), 1);
    pair(parts, "padding", s.padH(), s.padW(), 0);
    pair(parts, "dilation", s.dilationH(), s.dilationW(), 1);
    pair(parts, "groups", s.groups(), s.groups(), 1);
    return String.join(", ", parts);
  }

  private static String pooling(Pool2dSpec s) {
    List<String> parts = new ArrayList<>();
    pair(parts, "window", s.kernelH(), s.kernelW(), 0);
    pair(parts, "stride", s.strideH(), s.strideW(), 0);
    pair(parts, "padding", s.padH(), s.padW(), 0);
    pair(parts, "dilation", s.dilationH(), s.dilationW(), 1);
    if (s.ceil()) {
      parts.add("rounded up");
    }
    return String.join(", ", parts);
  }

  private static void pair(List<String> parts, String name, int h, int w, int usual) {
    if (h != usual || w != usual) {
      parts.add(name + " " + h + (h == w ? "" : "×" + w));
    }
  }

  /** The formulas, and the numbers as they were at the recording. */
  private static String update(UpdateStep step) {
    StringBuilder s = new StringBuilder(step.rule().text());
    double[] numbers = step.numbers();
    for (int i = 0; i < numbers.length; i++) {
      s.append(i == 0 ? "; " : ", ").append(step.rule().numbers().get(i)).append(" = ");
      s.append(numbers[i]);
    }
    return s.toString();
  }
}
