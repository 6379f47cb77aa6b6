package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.UpdateKernels;

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
      case KernelWork.Sgd s -> sgd(s.settings());
      case KernelWork.Adam a -> adam(a.settings());
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
    return String.join(", ", parts);
  }

  private static void pair(List<String> parts, String name, int h, int w, int usual) {
    if (h != usual || w != usual) {
      parts.add(name + " " + h + (h == w ? "" : "×" + w));
    }
  }

  private static String sgd(UpdateKernels.Sgd s) {
    String g = s.weightDecay() == 0 ? "g" : "(g + λ·p)";
    String how =
        s.momentum() == 0
            ? "p ← p − η·" + g
            : "v ← μ·v + " + g + "; p ← p − η·" + (s.nesterov() ? "(" + g + " + μ·v)" : "v");
    return how
        + (s.momentum() == 0 ? "" : "; μ = " + s.momentum())
        + (s.weightDecay() == 0 ? "" : "; λ = " + s.weightDecay());
  }

  private static String adam(UpdateKernels.Adam s) {
    String decay = s.weightDecay() == 0 ? "" : s.decoupled() ? "p ← p − η·λ·p; " : "g ← g + λ·p; ";
    return decay
        + "m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; p ← p − η·m̂ / (√v̂ + ε); "
        + String.format(Locale.ROOT, "β₁ = %s, β₂ = %s, ε = %s", s.beta1(), s.beta2(), s.epsilon())
        + (s.weightDecay() == 0 ? "" : ", λ = " + s.weightDecay());
  }
}
