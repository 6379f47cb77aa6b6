package org.adjoint.autograd.view;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.OpCase;
import org.jspecify.annotations.Nullable;

/**
 * The table of all operations as one page of HTML: what each computes, and how much of its bound
 * the worst number of every check used, on every device.
 */
public final class CheckPage {
  /** The checks in their order, and what a reader calls them. */
  private record Check(String name, String title) {}

  private static final List<Check> CHECKS =
      List.of(
          new Check("gradient", "gradient against slopes"),
          new Check("gradient2", "second gradient"),
          new Check("value", "value against the reference"),
          new Check("vjp", "gradient against the reference"),
          new Check("pytorch", "against PyTorch"));

  /** A column: a check on a device. */
  private record Column(String check, String device) {}

  /** All rows of an operation in a column. */
  private static final class Cell {
    private int cases;
    private double used;
    private boolean ok = true;

    void add(CheckRow row) {
      cases += row.cases();
      used = Math.max(used, row.error() == 0 ? 0 : row.error() / row.bound());
      ok &= row.ok();
    }
  }

  private final Catalogue catalogue;
  private final Map<String, Map<Column, Cell>> cells = new LinkedHashMap<>();
  private final Set<Column> columns = new LinkedHashSet<>();
  private final Markup out;

  private CheckPage(Catalogue catalogue, List<CheckRow> rows) {
    this.catalogue = catalogue;
    for (Check check : CHECKS) {
      for (CheckRow r : rows) {
        if (r.check().equals(check.name)) {
          Column column = new Column(check.name, r.device());
          columns.add(column);
          cells
              .computeIfAbsent(r.op(), op -> new LinkedHashMap<>())
              .computeIfAbsent(column, c -> new Cell())
              .add(r);
        }
      }
    }
    long comparisons = rows.stream().mapToLong(CheckRow::cases).sum();
    long failed = rows.stream().filter(r -> !r.ok()).count();
    out =
        Page.begin(
            "Operations",
            String.format(
                Locale.ROOT,
                "%,d operations, %,d comparisons: %s. A bar shows how much of its bound the worst"
                    + " number used. The bound of a float32 result is 2⁻²⁴·(4·|r| + 4·√n·S) around"
                    + " the float64 reference r, for a sum of n terms whose absolute values add"
                    + " up to S.",
                cells.size(),
                comparisons,
                failed == 0 ? "all within their bounds" : failed + " rows failed"));
  }

  /**
   * Returns the page.
   *
   * @param catalogue the operations
   * @param rows what was found
   */
  public static String of(Catalogue catalogue, List<CheckRow> rows) {
    return new CheckPage(catalogue, rows).page();
  }

  private String page() {
    Map<String, List<OpCase>> families = new LinkedHashMap<>();
    for (List<OpCase> ofOp : catalogue.byOp().values()) {
      OpCase example = ofOp.getFirst();
      if (cells.containsKey(example.op())) {
        String family = example.family().name().toLowerCase(Locale.ROOT);
        families.computeIfAbsent(family, f -> new ArrayList<>()).add(example);
      }
    }
    families.forEach(
        (family, examples) -> {
          out.open("section").text("h2", family);
          out.open("div", "class", "scroll").open("table");
          heading();
          examples.forEach(this::row);
          out.close("table").close("div").close("section");
        });
    return out.close("main").close("body").close("html").toString();
  }

  private void heading() {
    out.open("tr").text("th", "").text("th", "");
    for (Check check : CHECKS) {
      long count = columns.stream().filter(c -> c.check.equals(check.name)).count();
      if (count > 0) {
        out.text("th", check.title, "colspan", count);
      }
    }
    out.close("tr").open("tr").text("th", "operation").text("th", "formula");
    columns.forEach(c -> out.text("th", c.device));
    out.close("tr");
  }

  private void row(OpCase example) {
    out.open("tr").text("td", example.op(), "class", "l");
    out.text("td", example.formula(), "class", "formula");
    columns.forEach(c -> cell(cells.getOrDefault(example.op(), Map.of()).get(c)));
    out.close("tr");
  }

  private void cell(@Nullable Cell cell) {
    if (cell == null) {
      out.text("td", "–", "class", "none");
      return;
    }
    long percent = Math.round(100 * cell.used);
    String title = cell.cases + " cases, " + (cell.ok ? "all within the bound" : "some beyond it");
    out.open("td", "class", cell.ok ? "check" : "check bad", "title", title);
    String text = cell.used == 0 ? "0" : percent == 0 ? "< 1 %" : percent + " %";
    out.text("i", "", "style", "--w: " + Math.min(100, percent) + "%");
    out.text("span", cell.ok ? text : "failed").close("td");
  }
}
