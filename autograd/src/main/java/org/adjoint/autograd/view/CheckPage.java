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
 * The table of all operations as one page of HTML: what each computes, and how far from right the
 * worst number of every check was, on every device.
 */
public final class CheckPage {
  /**
   * The checks in their order, and what a reader calls them.
   *
   * @param distances whether errors are roundings, to be told in units in the last place
   */
  private record Check(String name, String title, boolean distances) {}

  private static final List<Check> CHECKS =
      List.of(
          new Check("gradient", "gradient against slopes", false),
          new Check("gradient2", "second gradient", false),
          new Check("value", "value against the reference", true),
          new Check("vjp", "gradient against the reference", true),
          new Check("pytorch", "against PyTorch", false),
          new Check("steps", "losses against PyTorch's", true));

  /** What a layer is called in a row, before its name. */
  private static final String LAYER = "layer ";

  private static final double MANY_ULPS = 1e4;

  /** A column: a check on a device. */
  private record Column(Check check, String device) {}

  /** All rows of an operation in a column, and the one nearest to its bound. */
  private static final class Cell {
    private int cases;
    private long fallbacks;
    private double used = -1;
    private @Nullable CheckRow worst;
    private boolean ok = true;

    void add(CheckRow row) {
      cases += row.cases();
      fallbacks += row.fallbacks();
      double share = row.error() == 0 ? 0 : row.error() / row.bound();
      share = Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
      if (share > used) {
        used = share;
        worst = row;
      }
      ok &= row.ok();
    }
  }

  private final Catalogue catalogue;
  private final List<CheckRow> rows;
  private final Map<String, Map<Column, Cell>> cells = new LinkedHashMap<>();
  private final Markup out;

  private CheckPage(Catalogue catalogue, List<CheckRow> rows) {
    this.catalogue = catalogue;
    this.rows = rows;
    for (Check check : CHECKS) {
      for (CheckRow r : rows) {
        if (r.check().equals(check.name)) {
          cells
              .computeIfAbsent(r.op(), op -> new LinkedHashMap<>())
              .computeIfAbsent(new Column(check, r.device()), c -> new Cell())
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
                "%,d operations, layers and workloads, %,d comparisons: %s. A bar shows how much of"
                    + " its bound the worst number used; below it, the same number's error in units"
                    + " in the last place and relative to what was expected. The bound of a float32"
                    + " result is 2⁻²⁴·(4·|r| + 4·√n·S) around the float64 reference r, for a sum"
                    + " of n terms whose absolute values add up to S; layers and workloads may be"
                    + " off by 10⁻⁵ of a tensor's largest number, or of the loss.",
                cells.size(),
                comparisons,
                failed == 0 ? "all within their bounds" : failed + " rows failed"));
  }

  /**
   * Returns the page.
   *
   * @param catalogue the operations
   * @param devices what each device under check says of itself, by its name
   * @param rows what was found
   */
  public static String of(Catalogue catalogue, Map<String, String> devices, List<CheckRow> rows) {
    return new CheckPage(catalogue, rows).page(devices);
  }

  private String page(Map<String, String> devices) {
    devices(devices);
    Map<String, List<String>> sections = new LinkedHashMap<>();
    Map<String, String> formulas = new LinkedHashMap<>();
    for (List<OpCase> ofOp : catalogue.byOp().values()) {
      OpCase example = ofOp.getFirst();
      if (cells.containsKey(example.op())) {
        String family = example.family().name().toLowerCase(Locale.ROOT);
        sections.computeIfAbsent(family, f -> new ArrayList<>()).add(example.op());
        formulas.put(example.op(), example.formula());
      }
    }
    for (String op : cells.keySet()) {
      if (!formulas.containsKey(op)) {
        String section = op.startsWith(LAYER) ? "layers" : "workloads";
        sections.computeIfAbsent(section, s -> new ArrayList<>()).add(op);
      }
    }
    sections.forEach(
        (title, ops) -> {
          Set<Column> columns = columns(ops);
          boolean formula = formulas.containsKey(ops.getFirst());
          out.open("section").text("h2", title);
          out.open("div", "class", "scroll").open("table");
          heading(columns, formula);
          for (String op : ops) {
            out.open("tr").text("td", op.replaceFirst("^" + LAYER, ""), "class", "l");
            if (formula) {
              out.text("td", formulas.getOrDefault(op, ""), "class", "formula");
            }
            columns.forEach(c -> cell(cells.getOrDefault(op, Map.of()).get(c)));
            out.close("tr");
          }
          out.close("table").close("div").close("section");
        });
    return out.close("main").close("body").close("html").toString();
  }

  /** What was compared, and how much of it the devices left to the reference. */
  private void devices(Map<String, String> devices) {
    out.open("section").text("h2", "devices");
    out.open("div", "class", "scroll").open("table").open("tr").text("th", "device");
    out.text("th", "computes with");
    for (String title : List.of("cases", "failed", "calls left to the reference")) {
      out.text("th", title, "class", "r");
    }
    out.close("tr");
    devices.forEach(
        (name, description) -> {
          List<CheckRow> own =
              rows.stream()
                  .filter(r -> r.device().equals(name) || r.device().equals(name + "-replay"))
                  .toList();
          out.open("tr").text("td", name, "class", "l").text("td", description);
          count(own.stream().mapToLong(CheckRow::cases).sum(), false);
          count(own.stream().filter(r -> !r.ok()).count(), true);
          count(own.stream().mapToLong(CheckRow::fallbacks).sum(), true);
          out.close("tr");
        });
    out.close("table").close("div").close("section");
  }

  private void count(long n, boolean shouldBeNone) {
    String text = n == 0 && shouldBeNone ? "none" : String.format(Locale.ROOT, "%,d", n);
    out.text("td", text, "class", n > 0 && shouldBeNone ? "r check bad" : "r");
  }

  /** The columns in which some of the operations have anything, check by check. */
  private Set<Column> columns(List<String> ops) {
    Set<Column> columns = new LinkedHashSet<>();
    for (Check check : CHECKS) {
      for (String op : ops) {
        for (Column column : cells.getOrDefault(op, Map.of()).keySet()) {
          if (column.check == check) {
            columns.add(column);
          }
        }
      }
    }
    return columns;
  }

  private void heading(Set<Column> columns, boolean formula) {
    out.open("tr").text("th", "");
    if (formula) {
      out.text("th", "");
    }
    for (Check check : CHECKS) {
      long count = columns.stream().filter(c -> c.check == check).count();
      if (count > 0) {
        // Layers and workloads are measured by what PyTorch recorded.
        String title = formula ? check.title : check.title.replace("the reference", "PyTorch's");
        out.text("th", title, "colspan", count);
      }
    }
    out.close("tr").open("tr").text("th", formula ? "operation" : "name");
    if (formula) {
      out.text("th", "formula");
    }
    columns.forEach(c -> out.text("th", c.device));
    out.close("tr");
  }

  private void cell(@Nullable Cell cell) {
    CheckRow worst = cell == null ? null : cell.worst;
    if (cell == null || worst == null) {
      out.text("td", "–", "class", "none");
      return;
    }
    String title =
        String.format(
            Locale.ROOT,
            "%d cases, %s; worst: error %.3g, bound %.3g, %s%s",
            cell.cases,
            cell.ok ? "all within the bound" : "some beyond it",
            worst.error(),
            worst.bound(),
            worst.dtype(),
            worst.kernel().isEmpty() ? "" : ", " + worst.kernel());
    out.open("td", "class", cell.ok ? "check" : "check bad", "title", title);
    long percent = Math.round(100 * cell.used);
    String text = cell.used == 0 ? "0" : percent == 0 ? "< 1 %" : percent + " %";
    out.text("i", "", "style", "--w: " + Math.min(100, percent) + "%");
    out.text("span", cell.ok ? text : "failed");
    if (cell.used != 0 && distances(worst)) {
      out.text("small", ulps(worst.ulps()) + ", " + relative(worst.relative()));
    }
    if (cell.fallbacks > 0) {
      out.text("small", cell.fallbacks + " by fallback");
    }
    out.close("td");
  }

  private static boolean distances(CheckRow row) {
    return CHECKS.stream().anyMatch(c -> c.distances && c.name.equals(row.check()));
  }

  private static String ulps(double ulps) {
    return String.format(Locale.ROOT, ulps < MANY_ULPS ? "%.1f ulp" : "%.0e ulp", ulps);
  }

  private static String relative(double share) {
    return Double.isInfinite(share) ? "of 0" : String.format(Locale.ROOT, "%.0e", share);
  }
}
