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
 * A captured program as one page of HTML that needs nothing else: the calls and what flows between
 * them, the memory over time, what is saved for backward, and tables. The page is well-formed XML
 * too.
 */
public final class ProgramPage {
  private final ProgramGraph graph;
  private final Markup out;

  private ProgramPage(ProgramGraph graph, Markup out) {
    this.graph = graph;
    this.out = out;
  }

  /**
   * Returns the page.
   *
   * @param title the heading
   * @param summary a line below it
   */
  public static String of(ProgramGraph graph, String title, String summary) {
    return new ProgramPage(graph, Page.begin(title, summary)).page();
  }

  private String page() {
    tiles();
    drawing();
    memory();
    saved();
    joined();
    totals();
    calls();
    values();
    out.close("main");
    out.open("aside", "id", "card", "hidden", "hidden", "aria-live", "polite").close("aside");
    graph.nodes().forEach(this::details);
    out.raw("<script>//<![CDATA[\n").raw(Page.resource("program.js")).raw("//]]></script>\n");
    return out.close("body").close("html").toString();
  }

  // ---- what comes first -----------------------------------------------------------------------

  private void tiles() {
    Cost cost = graph.cost();
    int peak = graph.peakCall();
    long kept = graph.saved().stream().mapToLong(s -> s.value().bytes()).sum();
    out.open("section", "class", "tiles");
    tile("kernel calls", "" + graph.nodes().size(), graph.recordedCalls() + " recorded");
    tile("flops", Quantity.flops(cost.flops()), "in a step");
    tile(
        "bytes moved",
        Quantity.bytes(cost.bytes()),
        Quantity.ratio(cost.intensity()) + " flops a byte");
    tile(
        "memory planned",
        Quantity.bytes(graph.plannedBytes()),
        Quantity.bytes(graph.unsharedBytes()) + " unshared");
    tile(
        "live at the peak",
        Quantity.bytes(peak < 0 ? 0 : graph.liveBytes()[peak]),
        peak < 0 ? "no calls" : "in call " + peak);
    tile(
        "saved for backward",
        Quantity.bytes(kept),
        graph.saved().size() + " results of " + graph.nodes(Phase.FORWARD).size() + " calls");
    tile(
        "parameters",
        Quantity.bytes(graph.bytes(Kind.PARAMETER)),
        Quantity.bytes(graph.bytes(Kind.STATE)) + " of state");
    out.close("section");
  }

  private void tile(String name, String value, String more) {
    out.open("div", "class", "tile").text("span", name, "class", "name");
    out.text("strong", value).text("span", more, "class", "more").close("div");
  }

  private void drawing() {
    boolean back = !graph.nodes(Phase.BACKWARD).isEmpty();
    section(
        "Calls",
        back
            ? "Forward runs down, backward up: a gradient stands level with what it is the gradient"
                + " of. The bar in a box is its share of the flops of the heaviest call. Point at a"
                + " box, or choose it, to see all about it."
            : "The bar in a box is its share of the flops of the heaviest call. Point at a box, or"
                + " choose it, to see all about it.");
    out.open("p", "class", "legend");
    key("flow", "result used in the same phase");
    if (back) {
      key("kept", "saved for backward");
      key("grad", "gradient used by an update");
    }
    if (graph.nodes().stream().anyMatch(Node::isJoined)) {
      key("joins", "several recorded calls in one");
    }
    out.close("p");
    out.open("div", "class", "scroll").raw(ProgramDrawing.of(graph)).close("div");
    out.close("section");
  }

  private void key(String kind, String text) {
    out.open("span", "class", "key " + kind).open("i").close("i").text("span", text).close("span");
  }

  private void section(String title, String text) {
    out.open("section").text("h2", title);
    if (!text.isEmpty()) {
      out.text("p", text, "class", "about");
    }
  }

  private void memory() {
    String picture = MemoryDrawing.of(graph);
    if (picture.isEmpty()) {
      return;
    }
    section(
        "Memory over the calls",
        "Each rectangle is a place in the block of intermediate results, for as long as it is used;"
            + " names are those of the values that lie there one after the other, each written over"
            + " the one before. Below, the bytes in use.");
    out.open("p", "class", "legend");
    key("place forward", "written first in forward");
    if (!graph.saved().isEmpty()) {
      key("place forward kept", "and saved for backward");
      key("place backward", "written first in backward");
    }
    out.close("p");
    out.open("div", "class", "scroll").raw(picture).close("div").close("section");
  }

  // ---- tables ---------------------------------------------------------------------------------

  private void head(String numeric, String... names) {
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    for (int i = 0; i < names.length; i++) {
      out.text("th", names[i], "class", numeric.charAt(i) == 'r' ? "r" : "l", "scope", "col");
    }
    out.close("tr").close("thead").open("tbody");
  }

  private void cells(String numeric, String... cells) {
    for (int i = 0; i < cells.length; i++) {
      out.text("td", cells[i], "class", numeric.charAt(i) == 'r' ? "r" : "l");
    }
  }

  private void row(String numeric, String... cells) {
    out.open("tr");
    cells(numeric, cells);
    out.close("tr");
  }

  private void end() {
    out.close("tbody").close("table").close("div").close("section");
  }

  private void saved() {
    List<Saved> saved = graph.saved();
    if (saved.isEmpty()) {
      return;
    }
    section("Saved for backward", "Results of the forward phase that the backward phase reads.");
    head("llrll", "value", "shape", "bytes", "written by", "read by");
    for (Saved s : saved) {
      out.open("tr");
      cells(
          "llr",
          s.value().name(),
          s.value().dtype() + " " + Quantity.shape(s.value().shape()),
          Quantity.bytes(s.value().bytes()));
      out.open("td");
      link(s.by());
      out.close("td").open("td");
      s.readBy().forEach(this::link);
      out.close("td").close("tr");
    }
    long all = saved.stream().mapToLong(s -> s.value().bytes()).sum();
    row("llrll", "together", "", Quantity.bytes(all), "", "");
    end();
  }

  private void link(int call) {
    Node n = graph.nodes().get(call);
    String text = call + " " + n.recorded().getLast().op();
    out.text("a", text, "href", "#c" + call, "class", "to " + ProgramTable.phase(n.phase()));
  }

  private void joined() {
    List<Node> joined = graph.nodes().stream().filter(Node::isJoined).toList();
    if (joined.isEmpty()) {
      return;
    }
    section(
        "Joined calls",
        "Chains of element-wise operations that run as one loop: what lies between them is never"
            + " stored.");
    head("lll", "call", "recorded calls", "formula");
    for (Node n : joined) {
      out.open("tr").open("td");
      link(n.number());
      out.close("td");
      cells("ll", ProgramTable.joined(n), n.formula());
      out.close("tr");
    }
    end();
  }

  private void totals() {
    section("Phases", "");
    head("lrrrrr", "phase", "calls", "recorded", "flops", "bytes", "flops a byte");
    for (Phase p : Phase.values()) {
      List<Node> nodes = graph.nodes(p);
      if (!nodes.isEmpty()) {
        int recorded = nodes.stream().mapToInt(n -> n.recorded().size()).sum();
        total(ProgramTable.phase(p), nodes.size(), recorded, graph.cost(p));
      }
    }
    total("together", graph.nodes().size(), graph.recordedCalls(), graph.cost());
    end();
  }

  private void total(String name, int calls, int recorded, Cost cost) {
    row(
        "lrrrrr",
        name,
        "" + calls,
        "" + recorded,
        Quantity.flops(cost.flops()),
        Quantity.bytes(cost.bytes()),
        Quantity.ratio(cost.intensity()));
  }

  private void calls() {
    section(
        "All calls",
        "Flops and bytes come from kinds and shapes: a multiply-add is two, any other operation"
            + " one; each operand is read once and each result written once.");
    String numeric = "rllllrrr";
    head(
        numeric,
        "call",
        "phase",
        "operation",
        "formula",
        "result",
        "flops",
        "bytes",
        "flops a byte");
    for (Node n : graph.nodes()) {
      out.open("tr", "data-call", n.number());
      cells(
          numeric,
          "" + n.number(),
          ProgramTable.phase(n.phase()),
          n.op(),
          n.formula(),
          ProgramTable.names(n.writes())
              + (n.writes().isEmpty() ? "" : " " + Quantity.shape(n.writes().getFirst().shape())),
          Quantity.flops(n.cost().flops()),
          Quantity.bytes(n.cost().bytes()),
          Quantity.ratio(n.cost().intensity()));
      out.close("tr");
    }
    end();
  }

  private void values() {
    section("Inputs, parameters and state", "What lives outside the block.");
    head("lllr", "kind", "name", "shape", "bytes");
    for (Kind kind : List.of(Kind.INPUT, Kind.PARAMETER, Kind.STATE)) {
      for (Value v : graph.values(kind)) {
        row(
            "lllr",
            ProgramTable.kind(kind),
            v.name(),
            v.dtype() + " " + Quantity.shape(v.shape()),
            Quantity.bytes(v.bytes()));
      }
    }
    end();
  }

  // ---- the card of a call ---------------------------------------------------------------------

  private void details(Node n) {
    String phase = ProgramTable.phase(n.phase());
    out.open("template", "id", "n" + n.number());
    out.text("p", "call " + n.number() + " · " + phase, "class", "chip " + phase);
    out.text("h3", n.op()).text("p", n.formula(), "class", "formula").open("dl");
    for (Use use : n.reads()) {
      item("reads", used(use) + from(use));
    }
    for (Use use : n.writes()) {
      item("writes", used(use) + place(use.value()));
    }
    item(
        "cost",
        String.format(
            Locale.ROOT,
            "%,d flops, %,d bytes, %s flops a byte",
            n.cost().flops(),
            n.cost().bytes(),
            Quantity.ratio(n.cost().intensity())));
    if (n.isJoined()) {
      List<String> parts = new ArrayList<>();
      for (RecordedCall r : n.recorded()) {
        parts.add(r.number() + " " + r.op() + " " + Quantity.shape(r.result()));
      }
      item("joins", String.join(" → ", parts));
    }
    out.close("dl").close("template");
  }

  private void item(String name, String text) {
    out.text("dt", name).text("dd", text);
  }

  private static String used(Use use) {
    return use.value().name()
        + " "
        + use.value().dtype()
        + " "
        + Quantity.shape(use.shape())
        + ", "
        + Quantity.bytes(use.value().bytes());
  }

  private static String from(Use use) {
    return use.from().isEmpty()
        ? ", " + ProgramTable.kind(use.value().kind())
        : ", from call "
            + use.from().stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private String place(Value v) {
    return v.place() == null
        ? ", " + ProgramTable.kind(v.kind())
        : String.format(
            Locale.ROOT,
            ", at offset %s, used until %s",
            Quantity.bytes(v.place().offset()),
            v.last() == graph.nodes().size() ? "the end" : "call " + v.last());
  }
}
