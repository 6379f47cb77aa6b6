package org.adjoint.autograd.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.adjoint.autograd.capture.Cost;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Kind;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraph.Saved;
import org.adjoint.autograd.capture.ProgramGraph.Use;
import org.adjoint.autograd.capture.ProgramGraph.Value;
import org.adjoint.autograd.capture.RecordedCall;

/**
 * A captured program as text: its calls with what they cost ({@link Cost}), totals of each phase,
 * memory, what is kept for backpropagation, parameters and state.
 */
public final class ProgramTable {
  private final List<String[]> rows = new ArrayList<>();
  private final String numeric;

  /**
   * Creates a table.
   *
   * @param numeric a letter for each column: {@code r} for numbers, which end at the right
   */
  private ProgramTable(String numeric, String... head) {
    this.numeric = numeric;
    rows.add(head);
  }

  /** Returns the text, several tables with a line between. */
  public static String of(ProgramGraph g) {
    return String.join(
        "\n", calls(g), totals(g), memory(g), saved(g), values(g, Kind.PARAMETER, Kind.STATE));
  }

  private static String calls(ProgramGraph g) {
    ProgramTable t =
        new ProgramTable(
            "rlllrrrl", "call", "phase", "result", "shape", "flops", "bytes", "flops/B", "what");
    for (Node n : g.nodes()) {
      t.row(
          "" + n.number(),
          phase(n.phase()),
          names(n.writes()),
          n.writes().isEmpty() ? "" : Quantity.shape(n.writes().getFirst().shape()),
          Quantity.flops(n.cost().flops()),
          Quantity.bytes(n.cost().bytes()),
          Quantity.ratio(n.cost().intensity()),
          n.recorded().getLast().op() + "(" + names(n.reads()) + ")");
      if (n.isJoined()) {
        t.row("", "", "", "", "", "", "", "  joins " + joined(n));
      }
    }
    return t.toString();
  }

  /** The calls of the step that a call joins, {@code 15 fill, 16 mul_scalar}. */
  static String joined(Node n) {
    return n.recorded().stream()
        .map(r -> r.number() + " " + r.op() + (r.phase() == n.phase() ? "" : " (" + phase(r) + ")"))
        .collect(Collectors.joining(", "));
  }

  private static String phase(RecordedCall r) {
    return phase(r.phase());
  }

  static String phase(Phase p) {
    return p.name().toLowerCase(Locale.ROOT);
  }

  static String names(List<Use> uses) {
    return uses.stream().map(u -> u.value().name()).distinct().collect(Collectors.joining(", "));
  }

  private static String totals(ProgramGraph g) {
    ProgramTable t =
        new ProgramTable("lrrrrr", "", "calls", "recorded", "flops", "bytes", "flops/B");
    for (Phase p : Phase.values()) {
      List<Node> nodes = g.nodes(p);
      if (!nodes.isEmpty()) {
        int recorded = nodes.stream().mapToInt(n -> n.recorded().size()).sum();
        t.total(phase(p), nodes.size(), recorded, g.cost(p));
      }
    }
    t.total("together", g.nodes().size(), g.recordedCalls(), g.cost());
    return t.toString();
  }

  private void total(String name, int calls, int recorded, Cost cost) {
    row(
        name,
        "" + calls,
        "" + recorded,
        Quantity.flops(cost.flops()),
        Quantity.bytes(cost.bytes()),
        Quantity.ratio(cost.intensity()));
  }

  private static String memory(ProgramGraph g) {
    int peak = g.peakCall();
    return String.format(
        Locale.ROOT,
        "intermediate results: %s planned, %s if none shared memory; at most %s live, in call %d%n",
        Quantity.bytes(g.plannedBytes()),
        Quantity.bytes(g.unsharedBytes()),
        Quantity.bytes(peak < 0 ? 0 : g.liveBytes()[peak]),
        peak);
  }

  private static String saved(ProgramGraph g) {
    List<Saved> saved = g.saved();
    if (saved.isEmpty()) {
      return "nothing is saved for backward\n";
    }
    ProgramTable t =
        new ProgramTable("llrrl", "saved for backward", "shape", "bytes", "written by", "read by");
    for (Saved s : saved) {
      t.row(
          s.value().name(),
          Quantity.shape(s.value().shape()),
          Quantity.bytes(s.value().bytes()),
          "" + s.by(),
          s.readBy().stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    long bytes = saved.stream().mapToLong(s -> s.value().bytes()).sum();
    t.row("together", "", Quantity.bytes(bytes), "", "");
    return t.toString();
  }

  private static String values(ProgramGraph g, Kind... kinds) {
    ProgramTable t = new ProgramTable("lllr", "kind", "name", "shape", "bytes");
    for (Kind kind : kinds) {
      for (Value v : g.values(kind)) {
        t.row(kind(kind), v.name(), Quantity.shape(v.shape()), Quantity.bytes(v.bytes()));
      }
      if (!g.values(kind).isEmpty()) {
        t.row(kind(kind), "together", "", Quantity.bytes(g.bytes(kind)));
      }
    }
    return t.rows.size() == 1 ? "no parameters\n" : t.toString();
  }

  static String kind(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private void row(String... cells) {
    rows.add(cells);
  }

  @Override
  public String toString() {
    int[] width = new int[numeric.length()];
    for (String[] row : rows) {
      for (int c = 0; c < width.length; c++) {
        width[c] = Math.max(width[c], row[c].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < width.length; c++) {
        String pad = " ".repeat(width[c] - row[c].length());
        line.append(c == 0 ? "" : "  ");
        line.append(numeric.charAt(c) == 'r' ? pad + row[c] : row[c] + pad);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
