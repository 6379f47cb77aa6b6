package org.adjoint.autograd.view;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraph.Use;

/** The calls of a program as boxes, their data flow as lines. */
final class ProgramDrawing {
  private static final int BOX_W = 176;
  private static final int BOX_H = 54;
  private static final int LANE = BOX_W + 14;
  private static final int PITCH = BOX_H + 34;
  private static final int GUTTER = 52;
  private static final int MARGIN = 10;
  private static final int HEAD = 62;

  /** Lines between rows run at three heights above a row, so that they do not lie on each other. */
  private static final int SAVED_ABOVE = 7;

  private static final int CHAIN_ABOVE = 16;
  private static final int GRADIENT_ABOVE = 25;

  /** Characters that fit into a box, in the title and in the small lines. */
  private static final int TITLE = 25;

  private static final int SMALL = 27;

  private final ProgramGraph graph;
  private final ProgramLayout layout;
  private final Markup out = new Markup();
  private final int[] left = new int[Phase.values().length];
  private final int width;
  private final long mostFlops;

  private ProgramDrawing(ProgramGraph graph) {
    this.graph = graph;
    this.layout = new ProgramLayout(graph);
    int x = MARGIN;
    for (Phase p : Phase.values()) {
      left[p.ordinal()] = x;
      if (layout.lanes(p) > 0) {
        x += layout.lanes(p) * LANE - (LANE - BOX_W) + GUTTER;
      }
    }
    width = Math.max(x - GUTTER, BOX_W) + MARGIN;
    mostFlops = graph.nodes().stream().mapToLong(n -> n.cost().flops()).max().orElse(0);
  }

  /** Returns the picture as an SVG element. */
  static String of(ProgramGraph graph) {
    return new ProgramDrawing(graph).draw();
  }

  private String draw() {
    int height = HEAD + layout.rows() * PITCH + 4;
    out.open(
        "svg",
        "id",
        "graph",
        "class",
        "graph",
        "width",
        width,
        "height",
        height,
        "viewBox",
        "0 0 " + width + " " + height,
        "role",
        "group",
        "aria-label",
        "The calls and what flows between them");
    out.raw("<defs>\n");
    for (String kind : new String[] {"flow", "kept", "grad"}) {
      out.open(
          "marker",
          "id",
          "arrow-" + kind,
          "class",
          kind,
          "viewBox",
          "0 0 8 8",
          "refX",
          "7",
          "refY",
          "4",
          "markerWidth",
          "7",
          "markerHeight",
          "7",
          "orient",
          "auto-start-reverse");
      out.empty("path", "d", "M0 0.8 L8 4 L0 7.2 Z").close("marker");
    }
    out.raw("</defs>\n");
    for (Phase p : Phase.values()) {
      if (layout.lanes(p) > 0) {
        heading(p, height);
      }
    }
    for (Node n : graph.nodes()) {
      lines(n);
    }
    for (Node n : graph.nodes()) {
      box(n);
    }
    return out.close("svg").toString();
  }

  private void heading(Phase p, int height) {
    int w = layout.lanes(p) * LANE - (LANE - BOX_W);
    String name = ProgramTable.phase(p);
    out.empty(
        "rect",
        "class",
        "band " + name,
        "x",
        left[p.ordinal()] - 8,
        "y",
        2,
        "width",
        w + 16,
        "height",
        height - 4,
        "rx",
        12);
    String arrow = p == Phase.FORWARD ? " ↓" : p == Phase.BACKWARD ? " ↑" : "";
    String cost = Quantity.flops(graph.cost(p).flops()) + " flops";
    boolean wide = layout.lanes(p) > 1;
    String more = wide ? ", " + Quantity.bytes(graph.cost(p).bytes()) + " moved" : "";
    out.open("text", "class", "phase " + name, "x", left[p.ordinal()], "y", 24);
    out.text("tspan", name + arrow, "class", "name");
    out.text("tspan", cost + more, "class", "cost", "dx", 8).close("text");
  }

  private int x(int call) {
    return left[graph.nodes().get(call).phase().ordinal()] + layout.lane(call) * LANE;
  }

  private int y(int call) {
    return HEAD + layout.row(call) * PITCH;
  }

  // ---- boxes ----------------------------------------------------------------------------------

  private void box(Node n) {
    int x = x(n.number());
    int y = y(n.number());
    String phase = ProgramTable.phase(n.phase());
    out.open(
        "g",
        "id",
        "c" + n.number(),
        "class",
        "call " + phase,
        "data-call",
        n.number(),
        "tabindex",
        0,
        "role",
        "button",
        "transform",
        "translate(" + x + " " + y + ")");
    out.text("title", "call " + n.number() + ": " + n.op() + "\n" + n.formula());
    if (n.isJoined()) {
      out.empty("path", "class", "stack", "d", stack(6));
      out.empty("path", "class", "stack", "d", stack(3));
    }
    out.empty("rect", "class", "box", "width", BOX_W, "height", BOX_H, "rx", 7);
    double share = mostFlops == 0 ? 0 : (double) n.cost().flops() / mostFlops;
    if (share >= 0.005) {
      double bar = Math.max(2, share * (BOX_W - 16));
      out.empty("rect", "class", "work", "x", 8, "y", BOX_H - 5, "width", bar, "height", 2.5);
    }
    String op = n.recorded().getLast().op();
    out.text("text", shorten(op, TITLE), "class", "op", "x", 9, "y", 17);
    out.text("text", shorten(what(n, op), SMALL), "class", "small", "x", 9, "y", 31);
    String shape = n.writes().isEmpty() ? "" : Quantity.shape(n.writes().getFirst().shape());
    out.text("text", shape, "class", "small shape", "x", 9, "y", 44);
    out.text("text", "" + n.number(), "class", "small number", "x", BOX_W - 8, "y", 44);
    if (n.isJoined()) {
      String badge = "joins " + n.recorded().size();
      out.empty(
          "rect",
          "class",
          "badge",
          "x",
          BOX_W - 58,
          "y",
          -11,
          "width",
          52,
          "height",
          15,
          "rx",
          7.5);
      out.text("text", badge, "class", "badge", "x", BOX_W - 32, "y", 0.5);
    }
    out.close("g");
  }

  /** The second line: the parameter of an update, else the formula without what the title says. */
  private static String what(Node n, String op) {
    if (n.phase() == Phase.UPDATE && !n.writes().isEmpty()) {
      return n.writes().getFirst().value().name();
    }
    String formula = n.formula();
    return formula.startsWith(op + "(")
        ? formula.substring(op.length() + 1).replaceFirst("\\)", "")
        : formula;
  }

  /** The edges of a box that looks out from behind the box, to the right and below. */
  private static String stack(int by) {
    return String.format(
        Locale.ROOT,
        "M%d %d H%d Q%d %d %d %d V%d",
        by + 4,
        BOX_H + by,
        BOX_W + by - 7,
        BOX_W + by,
        BOX_H + by,
        BOX_W + by,
        BOX_H + by - 7,
        by + 4);
  }

  static String shorten(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }

  // ---- lines ----------------------------------------------------------------------------------

  private void lines(Node to) {
    for (int from : ProgramLayout.sources(to)) {
      Node source = graph.nodes().get(from);
      boolean kept = source.phase() == Phase.FORWARD && to.phase() == Phase.BACKWARD;
      boolean across = source.phase() != to.phase();
      String kind = kept ? "kept" : across ? "grad" : "flow";
      String path = across ? across(source, to, kept) : within(from, to.number());
      out.open(
          "path",
          "class",
          "line " + kind,
          "d",
          path,
          "marker-end",
          "url(#arrow-" + kind + ")",
          "data-from",
          from,
          "data-to",
          to.number());
      out.text("title", flowing(source, to)).close("path");
    }
  }

  private static String flowing(Node source, Node to) {
    Set<String> names = new LinkedHashSet<>();
    for (Use use : to.reads()) {
      if (use.from().contains(source.number())) {
        names.add(use.value().name() + " " + Quantity.shape(use.value().shape()));
      }
    }
    return String.join(", ", names);
  }

  /** A line inside a phase: down, or up in the backward phase. */
  private String within(int from, int to) {
    boolean up = y(to) < y(from);
    int x1 = x(from) + BOX_W / 2;
    int x2 = x(to) + BOX_W / 2;
    int y1 = up ? y(from) : y(from) + BOX_H;
    int y2 = up ? y(to) + BOX_H : y(to);
    boolean next = Math.abs(layout.row(from) - layout.row(to)) <= 1;
    if (x1 == x2 && next) {
      return "M" + x1 + " " + y1 + " V" + y2;
    }
    int turn = up ? y1 - CHAIN_ABOVE : y2 - CHAIN_ABOVE;
    if (next) {
      return elbow(x1, y1, turn, x2, y2);
    }
    // past other rows, in the gap to the left of the target's lane
    int side = x(to) - (LANE - BOX_W) / 2;
    int last = up ? y2 + PITCH - BOX_H - CHAIN_ABOVE : y2 - CHAIN_ABOVE;
    int first = up ? y1 - CHAIN_ABOVE : y1 + PITCH - BOX_H - CHAIN_ABOVE;
    return String.format(
        Locale.ROOT, "M%d %d V%d H%d V%d H%d V%d", x1, y1, first, side, last, x2, y2);
  }

  private static String elbow(int x1, int y1, int turn, int x2, int y2) {
    int r = Math.min(6, Math.abs(x2 - x1) / 2);
    int dx = x2 > x1 ? r : -r;
    int in = turn > y1 ? -r : r;
    int out = y2 > turn ? r : -r;
    return String.format(
        Locale.ROOT,
        "M%d %d V%d Q%d %d %d %d H%d Q%d %d %d %d V%d",
        x1,
        y1,
        turn + in,
        x1,
        turn,
        x1 + dx,
        turn,
        x2 - dx,
        x2,
        turn,
        x2,
        turn + out,
        y2);
  }

  /** A line from phase to phase, which crosses no box. */
  private String across(Node source, Node to, boolean kept) {
    int from = source.number();
    int x1 = x(from) + BOX_W;
    int y1 = y(from) + BOX_H / 2;
    int x2 = x(to.number());
    int y2 = y(to.number()) + BOX_H / 2;
    StringBuilder d = new StringBuilder();
    int gutter;
    if (layout.isLast(from)) {
      d.append("M").append(x1).append(' ').append(y1);
    } else {
      // over the boxes to the right, in the gap above the row
      d.append("M").append(x1 - 14).append(' ').append(y(from));
      d.append(" V").append(y(from) - GRADIENT_ABOVE);
    }
    boolean first = layout.lane(to.number()) == 0;
    if (first && layout.isLast(from) && y1 == y2) {
      return d.append(" H").append(x2).toString();
    }
    gutter =
        left[to.phase().ordinal()]
            - (kept ? 14 + 4 * (layout.row(from) % 4) : layout.isLast(from) ? 15 : 27);
    d.append(" H").append(gutter);
    if (first) {
      return d.append(" V").append(y2).append(" H").append(x2).toString();
    }
    d.append(" V").append(y(to.number()) - SAVED_ABOVE);
    return d.append(" H").append(x2 + 18).append(" V").append(y(to.number())).toString();
  }
}
