package org.adjoint.autograd.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.CheckRow;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The table of operations as a page. */
class CheckPageTest {
  private static CheckRow row(
      String op, String check, String device, double error, double bound, boolean ok) {
    return new CheckRow(op, check, device, "float32", "K", 12, 0, 1.5, error, bound, ok);
  }

  private static List<String> texts(Document page, String tag) {
    NodeList all = page.getElementsByTagName(tag);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      texts.add(all.item(i).getTextContent().strip());
    }
    return texts;
  }

  private static Document page(CheckRow... rows) throws Exception {
    String page = CheckPage.of(Catalogue.load(), Map.of("cpu", "vectors"), List.of(rows));
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }

  @Test
  void theWorstNumberOfEveryCheckAndDevice() throws Exception {
    Document page =
        page(
            row("tanh", "value", "cpu", 1e-7, 4e-7, true),
            row("tanh", "value", "cpu", 3e-7, 4e-7, true),
            row("tanh", "gradient", "reference", 0, 0, true),
            row("matmul", "value", "cpu", 1e-8, 1e-6, true),
            row("planted faults", "faults", "reference", 0, 0, true));
    assertEquals(List.of("devices", "elementwise", "matmul"), texts(page, "h2"));
    List<String> cells = texts(page, "td");
    assertEquals(List.of("cpu", "vectors", "36", "none", "none"), cells.subList(0, 5));
    String worst = "75 %\n2.5 ulp, 2e-07";
    assertEquals(List.of("0", worst), cells.subList(7, 9), cells.toString());
    assertEquals(12, cells.size(), "matmul has no column for slopes: " + cells);
    assertTrue(texts(page, "p").getFirst().startsWith("2 operations, layers and workloads, 60"));
    assertTrue(texts(page, "p").getFirst().contains("all within"));
    assertTrue(texts(page, "th").contains("gradient against slopes"));
    assertFalse(texts(page, "th").contains("against PyTorch"), "no such row");
  }

  @Test
  void aFailureStandsOut() throws Exception {
    Document page = page(row("tanh", "vjp", "cpu", Double.NaN, 1e-7, false));
    assertTrue(texts(page, "p").getFirst().contains("1 rows failed"));
    assertTrue(texts(page, "td").getLast().startsWith("failed"), texts(page, "td").toString());
    assertEquals("1", texts(page, "td").get(3));
  }

  @Test
  void whatTheReferenceServedIsCounted() throws Exception {
    CheckRow row =
        new CheckRow("tanh", "value", "cpu", "float32", "K", 12, 7, 0, 1e-9, 1e-7, false);
    Document page = page(row);
    assertEquals("7", texts(page, "td").get(4));
    String cell = texts(page, "td").getLast();
    assertTrue(cell.contains("7 by fallback") && cell.contains("of 0"), cell);
  }

  @Test
  void layersAndWorkloadsHaveSectionsOfTheirOwn() throws Exception {
    Document page =
        page(
            row("tanh", "value", "cpu", 1e-7, 4e-7, true),
            row("mlp", "steps", "cpu", 1e-7, 4e-7, true),
            row("layer linear", "value", "cpu", 1e-7, 4e-7, true));
    assertEquals(List.of("devices", "elementwise", "layers", "workloads"), texts(page, "h2"));
    assertTrue(texts(page, "td").contains("linear"), texts(page, "td").toString());
    assertTrue(texts(page, "th").contains("losses against PyTorch's"));
  }
}
