package org.adjoint.autograd.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
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
    return new CheckRow(op, check, device, "float32", "K", 12, error, bound, ok);
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
    String page = CheckPage.of(Catalogue.load(), List.of(rows));
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
    assertEquals(List.of("elementwise", "matmul"), texts(page, "h2"));
    List<String> cells = texts(page, "td");
    assertEquals(List.of("0", "75 %"), cells.subList(2, 4), cells.toString());
    assertEquals(List.of("–", "1 %"), cells.subList(6, 8), cells.toString());
    assertTrue(texts(page, "p").getFirst().startsWith("2 operations, 60 comparisons: all within"));
    assertTrue(texts(page, "th").contains("gradient against slopes"));
    assertFalse(texts(page, "th").contains("against PyTorch"), "no such row");
  }

  @Test
  void aFailureStandsOut() throws Exception {
    Document page = page(row("tanh", "vjp", "cpu", Double.NaN, 1e-7, false));
    assertTrue(texts(page, "p").getFirst().contains("1 rows failed"));
    assertEquals("failed", texts(page, "td").getLast());
  }
}
