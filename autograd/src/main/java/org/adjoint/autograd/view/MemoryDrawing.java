package org.adjoint.autograd.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Kind;
import org.adjoint.autograd.capture.ProgramGraph.Place;
import org.adjoint.autograd.capture.ProgramGraph.Saved;
import org.adjoint.autograd.capture.ProgramGraph.Value;

/**
 * The memory of a program over its calls: where each intermediate result lies, and below it how
 * many bytes are in use.
 */
final class MemoryDrawing {
  private static final int WIDTH = 1220;
  private static final int LEFT = 66;
  private static final int RIGHT = 14;
  private static final int TOP = 34;
  private static final int PLAN = 360;
  private static final int GAP = 46;
  private static final int LIVE = 130;
  private static final int BOTTOM = 34;

  private final ProgramGraph graph;
  private final int calls;
  private final long[] live;
  private final int peak;
  private final Markup out = new Markup();

  private MemoryDrawing(ProgramGraph graph) {
    this.graph = graph;
    this.calls = Math.max(1, graph.nodes().size());
    this.live = graph.liveBytes();
    this.peak = graph.peakCall();
  }

  /** Returns the picture as an SVG element; empty if there is no intermediate result. */
  static String of(ProgramGraph graph) {
    return graph.plannedBytes() == 0 ? "" : new MemoryDrawing(graph).draw();
  }

  private double x(int call) {
    return LEFT + (double) (WIDTH - LEFT - RIGHT) * Math.min(call, calls) / calls;
  }

  private double planY(long offset) {
    return TOP + PLAN - (double) PLAN * offset / graph.plannedBytes();
  }

  private double liveY(long bytes) {
    return TOP + PLAN + GAP + LIVE - (double) LIVE * bytes / graph.plannedBytes();
  }

  private String draw() {
    int height = TOP + PLAN + GAP + LIVE + BOTTOM;
    out.open(
        "svg",
        "class",
        "memory",
        "width",
        WIDTH,
        "height",
        height,
        "viewBox",
        "0 0 " + WIDTH + " " + height,
        "role",
        "img",
        "aria-label",
        "Places of intermediate results over the calls, and the bytes in use");
    phases();
    grid();
    for (Place p : graph.places()) {
      place(p);
    }
    live();
    peak();
    return out.close("svg").toString();
  }

  /** A band for each stretch of calls of one phase. */
  private void phases() {
    List<ProgramGraph.Node> nodes = graph.nodes();
    int end;
    for (int begin = 0; begin < nodes.size(); begin = end) {
      Phase p = nodes.get(begin).phase();
      end = begin + 1;
      while (end < nodes.size() && nodes.get(end).phase() == p) {
        end++;
      }
      double from = x(nodes.get(begin).number());
      double to = x(nodes.get(end - 1).number() + 1);
      String name = ProgramTable.phase(p);
      for (int[] band : new int[][] {{TOP, PLAN}, {TOP + PLAN + GAP, LIVE}}) {
        out.empty(
            "rect",
            "class",
            "band " + name,
            "x",
            from,
            "y",
            band[0],
            "width",
            to - from,
            "height",
            band[1]);
      }
      if (to - from > 60) {
        out.text("text", name, "class", "phase " + name, "x", from + 4, "y", TOP - 10);
      }
    }
  }

  /** Lines at round numbers of bytes, and call numbers below. */
  private void grid() {
    long step = step(graph.plannedBytes(), 6);
    for (long b = 0; b <= graph.plannedBytes(); b += step) {
      rule(planY(b), Quantity.bytes(b));
    }
    for (long b = 0; b <= graph.plannedBytes(); b += 3 * step) {
      rule(liveY(b), Quantity.bytes(b));
    }
    out.text("text", "offset", "class", "axis end", "x", LEFT - 8, "y", TOP - 10);
    out.text("text", "live bytes", "class", "axis title", "x", LEFT, "y", TOP + PLAN + GAP - 8);
    long each = Math.max(1, step(calls, 12));
    for (int i = 0; i < calls; i += (int) each) {
      double middle = (x(i) + x(i + 1)) / 2;
      for (int y : new int[] {TOP + PLAN + 15, TOP + PLAN + GAP + LIVE + 15}) {
        out.text("text", "" + i, "class", "axis middle", "x", middle, "y", y);
      }
    }
    out.text(
        "text", "call", "class", "axis end", "x", WIDTH - RIGHT, "y", TOP + PLAN + GAP + LIVE + 29);
  }

  private void rule(double y, String label) {
    out.empty("line", "class", "rule", "x1", LEFT, "x2", WIDTH - RIGHT, "y1", y, "y2", y);
    out.text("text", label, "class", "axis end", "x", LEFT - 8, "y", y + 4);
  }

  /** A round step, 1, 2 or 5 times a power of ten, of which a range has at most so many. */
  static long step(long range, int most) {
    long power = 1;
    while (true) {
      for (int f : new int[] {1, 2, 5}) {
        if (power * f * most >= range) {
          return power * f;
        }
      }
      power *= 10;
    }
  }

  private void place(Place p) {
    List<Value> values = new ArrayList<>();
    for (Value v : graph.values(Kind.RESULT)) {
      if (p.equals(v.place())) {
        values.add(v);
      }
    }
    double x = x(p.first());
    double w = x(p.last() + 1) - x;
    double top = planY(p.offset() + p.bytes());
    double h = Math.max(1, planY(p.offset()) - top);
    boolean kept = graph.saved().stream().map(Saved::value).anyMatch(values::contains);
    String phase = ProgramTable.phase(graph.nodes().get(p.first()).phase());
    String names = values.stream().map(Value::name).collect(Collectors.joining(", "));
    String uses =
        graph.nodes().stream()
            .filter(
                n ->
                    n.reads().stream().anyMatch(u -> values.contains(u.value()))
                        || n.writes().stream().anyMatch(u -> values.contains(u.value())))
            .map(n -> "" + n.number())
            .collect(Collectors.joining(" "));
    out.open("g", "class", "place " + phase + (kept ? " kept" : ""), "data-uses", uses);
    out.text(
        "title",
        String.format(
            Locale.ROOT,
            "%s: %s at %s, calls %d to %s%s",
            names,
            Quantity.bytes(p.bytes()),
            Quantity.bytes(p.offset()),
            p.first(),
            p.last() == graph.nodes().size() ? "the end" : "" + p.last(),
            kept ? ", saved for backward" : ""));
    out.empty("rect", "x", x, "y", top, "width", w, "height", h, "rx", Math.min(3, h / 3));
    if (h >= 13 && w >= 8 + 6.5 * names.length()) {
      out.text("text", names, "x", x + 5, "y", top + Math.min(h / 2 + 4, 14));
    }
    out.close("g");
  }

  private void live() {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < live.length; i++) {
      line.append(
          String.format(
              Locale.ROOT,
              "%s%.1f %.1f H%.1f",
              i == 0 ? "M" : " L",
              x(i),
              liveY(live[i]),
              x(i + 1)));
    }
    String area = String.format(Locale.ROOT, "%s V%.1f H%.1f Z", line, liveY(0), x(0));
    out.empty("path", "class", "area", "d", area);
    out.empty("path", "class", "live", "d", line);
    for (int i = 0; i < live.length; i++) {
      out.open(
          "rect",
          "class",
          "hit",
          "data-call",
          i,
          "x",
          x(i),
          "y",
          TOP + PLAN + GAP,
          "width",
          x(i + 1) - x(i),
          "height",
          LIVE);
      out.text("title", "call " + i + ": " + Quantity.bytes(live[i]) + " live").close("rect");
    }
  }

  private void peak() {
    double middle = (x(peak) + x(peak + 1)) / 2;
    out.empty(
        "line",
        "class",
        "peak",
        "x1",
        middle,
        "x2",
        middle,
        "y1",
        TOP,
        "y2",
        TOP + PLAN + GAP + LIVE);
    out.empty("circle", "class", "peak", "cx", middle, "cy", liveY(live[peak]), "r", 4);
    boolean right = middle > WIDTH - 260;
    out.text(
        "text",
        "peak " + Quantity.bytes(live[peak]) + ", call " + peak,
        "class",
        right ? "peak end" : "peak",
        "x",
        middle + (right ? -8 : 8),
        "y",
        TOP + PLAN + GAP - 8);
  }
}
