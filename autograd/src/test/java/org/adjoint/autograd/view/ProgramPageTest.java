package org.adjoint.autograd.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraphTest;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** A program as a page. */
class ProgramPageTest {
  private final ProgramGraph graph = ProgramGraphTest.trainingStep();

  private static Document parse(String page) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    return builder.parse(new InputSource(new StringReader(page)));
  }

  private static List<Element> elements(Document page, String tag, String type) {
    NodeList all = page.getElementsByTagName(tag);
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      if (all.item(i) instanceof Element e
          && List.of(e.getAttribute("class").split(" ")).contains(type)) {
        found.add(e);
      }
    }
    return found;
  }

  @Test
  void thePageIsWellFormedAndHoldsEveryCall() throws Exception {
    Document page = parse(ProgramPage.of(graph, "a <step> & more", "\"summary\""));
    assertEquals("a <step> & more", page.getElementsByTagName("h1").item(0).getTextContent());
    List<Element> calls = elements(page, "g", "call");
    assertEquals(graph.nodes().size(), calls.size());
    Map<String, Element> cards = new HashMap<>();
    NodeList templates = page.getElementsByTagName("template");
    for (int i = 0; i < templates.getLength(); i++) {
      Element e = (Element) templates.item(i);
      cards.put(e.getAttribute("id"), e);
    }
    for (Node n : graph.nodes()) {
      Element box = calls.get(n.number());
      assertEquals("c" + n.number(), box.getAttribute("id"));
      assertTrue(box.getTextContent().contains(n.op()), box.getTextContent());
      assertEquals(n.isJoined(), box.getTextContent().contains("joins"), box.getTextContent());
      Element card = cards.get("n" + n.number());
      assertNotNull(card, n.op());
      assertTrue(card.getTextContent().contains(n.formula()), card.getTextContent());
    }
  }

  @Test
  void everyFlowIsALine() throws Exception {
    Document page = parse(ProgramPage.of(graph, "step", ""));
    int flows = graph.nodes().stream().mapToInt(n -> ProgramLayout.sources(n).size()).sum();
    assertEquals(flows, elements(page, "path", "line").size());
    long kept = graph.saved().stream().mapToLong(s -> s.readBy().size()).sum();
    assertEquals(kept, elements(page, "path", "kept").size());
    assertEquals(graph.places().size(), elements(page, "g", "place").size());
  }

  @Test
  void nothingIsFetched() {
    String page = ProgramPage.of(graph, "step", "");
    String without = page.replace("http://www.w3.org/1999/xhtml", "");
    assertFalse(without.contains("http:") || without.contains("https:"), "an address");
    assertFalse(page.contains("src=") || page.contains("<link") || page.contains("@import"));
  }

  @Test
  void boxesDoNotOverlapAndGradientsStandRightOfResults() {
    ProgramLayout layout = new ProgramLayout(graph);
    Map<List<Integer>, Node> places = new HashMap<>();
    for (Node n : graph.nodes()) {
      int i = n.number();
      Node other = places.put(List.of(n.phase().ordinal(), layout.row(i), layout.lane(i)), n);
      assertEquals(null, other);
      assertTrue(layout.row(i) < layout.rows() && layout.lane(i) < layout.lanes(n.phase()));
      for (int s : ProgramLayout.sources(n)) {
        Phase from = graph.nodes().get(s).phase();
        if (from == n.phase()) {
          boolean after =
              n.phase() == Phase.BACKWARD
                  ? layout.row(i) < layout.row(s)
                  : layout.row(i) > layout.row(s);
          assertTrue(after, n.op());
        }
      }
    }
    // the gradient of tanh stands where tanh stands
    int gradient =
        graph.nodes().stream()
            .filter(n -> n.op().contains("tanh gradient"))
            .findFirst()
            .orElseThrow()
            .number();
    assertTrue(Math.abs(layout.row(gradient) - layout.row(1)) <= 1);
  }

  @Test
  void aMaskIsDrawnWhereItIsUsed() {
    Backend device = Backends.get("reference");
    Placeholder x = new Placeholder("x", device, DType.F32, 4);
    RandomStream random = new RandomStream(1);
    ProgramGraph g =
        Program.capture(
                () -> {
                  Variable y = Elementwise.unary(UnaryOp.TANH, x.variable());
                  y = Elementwise.unary(UnaryOp.EXP, y);
                  Tensor mask = Tensor.result(device, DType.F32, x.shape());
                  return y.mul(Variable.of(random.bernoulli(mask, 0.5)));
                },
                x)
            .graph();
    ProgramLayout layout = new ProgramLayout(g);
    List<String> ops = g.nodes().stream().map(Node::op).toList();
    assertEquals(0, layout.row(ops.indexOf("tanh")));
    assertEquals(1, layout.row(ops.indexOf("exp")));
    assertEquals(1, layout.row(ops.indexOf("bernoulli")));
    assertEquals(2, layout.row(ops.indexOf("mul")));
  }

  @Test
  void anInferenceAndAStepWithoutResultsHavePagesToo() throws Exception {
    Placeholder x = new Placeholder("x", Backends.get("reference"), DType.F32, 2, 3);
    ProgramGraph inference =
        Program.capture(() -> x.variable().mul(2).add(x.variable()), x).graph();
    Document page = parse(ProgramPage.of(inference, "inference", ""));
    assertEquals(2, elements(page, "g", "call").size());
    assertEquals(0, elements(page, "path", "kept").size());
    Document none = parse(ProgramPage.of(Program.capture(x::variable, x).graph(), "none", ""));
    assertEquals(0, elements(none, "g", "call").size());
    assertEquals(0, elements(none, "svg", "memory").size());
  }

  @Test
  void stepsOfAnAxisAreRound() {
    assertEquals(1, MemoryDrawing.step(5, 6));
    assertEquals(5, MemoryDrawing.step(47, 12));
    assertEquals(500_000, MemoryDrawing.step(2_500_000, 6));
    assertEquals(20, MemoryDrawing.step(101, 6));
  }

  @Test
  void longTextIsCutShort() {
    assertEquals("abcd", ProgramDrawing.shorten("abcd", 4));
    assertEquals("abc…", ProgramDrawing.shorten("abcde", 4));
    assertEquals("&lt;a&gt; &amp; &quot;", Markup.escape("<a> & \""));
  }
}
