package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.adjoint.kernels.KernelWork;

/** The listing of a program. */
final class ProgramText {
  private ProgramText() {}

  static String of(Program p) {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            Locale.ROOT,
            "%d calls (%d recorded) on %s, %,d bytes for intermediate results (%,d unshared)%n",
            p.calls(),
            p.recordedCalls(),
            p.backend.name(),
            p.plannedBytes(),
            p.unsharedBytes()));
    List<String> lines = lines(p);
    for (int i = 0; i < lines.size(); i++) {
      s.append(String.format(Locale.ROOT, "%4d  %s%n", i, lines.get(i)));
    }
    s.append("output");
    for (Ref o : p.outputs) {
      s.append(' ').append(o);
    }
    return s.append(System.lineSeparator()).toString();
  }

  /** One line a call, without numbers that change from recording to recording. */
  static List<String> lines(Program p) {
    List<String> lines = new ArrayList<>();
    for (Instruction i : p.instructions) {
      StringBuilder reads = new StringBuilder();
      StringBuilder writes = new StringBuilder();
      for (int t = 0; t < i.refs().length; t++) {
        if (i.reads(t)) {
          reads.append(reads.isEmpty() ? "" : ", ").append(i.refs()[t]);
        }
        if (i.writes(t)) {
          writes.append(writes.isEmpty() ? "" : ", ").append(i.refs()[t]);
        }
      }
      lines.add(
          String.format(
              Locale.ROOT,
              "%-8s %s = %s(%s)%s",
              i.phase().name().toLowerCase(Locale.ROOT),
              writes,
              i.op(),
              reads,
              formula(i.work())));
    }
    return lines;
  }

  private static String formula(KernelWork work) {
    return switch (work) {
      case KernelWork.Map m -> "  " + m.f().bind(m.parameters());
      case KernelWork.Reduce r -> "  " + r.f();
      case KernelWork.Call c -> c.settings().isEmpty() ? "" : "  " + c.settings();
      default -> "";
    };
  }
}
