package org.adjoint.tutorials;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.bench.levels.Ceilings;
import org.adjoint.bench.levels.Race;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The roofline of a machine (Williams, Waterman and Patterson, 2009): operations a second over
 * operations a byte, on logarithmic axes. Under the slope the memory is the limit, under the flat
 * part the arithmetic; a level far below both wastes what the machine could do.
 */
final class Roofline {
  private static final Color[] COLOURS = {
    new Color(0x99, 0x99, 0x99),
    new Color(0x1F, 0x77, 0xB4),
    new Color(0x2C, 0xA0, 0x2C),
    new Color(0xD6, 0x27, 0x28),
    new Color(0x94, 0x67, 0xBD),
    new Color(0xFF, 0x7F, 0x0E)
  };

  /** About a line and a letter in decades of the axes, at the usual spans. */
  private static final double HEIGHT = 0.1;

  private static final double LETTER = 0.045;

  private Roofline() {}

  /** Draws the levels of some operations under the ceilings measured with them. */
  static void draw(Path file, List<Race.Result> results) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(650)
            .title("Roofline")
            .xAxisTitle("operations a byte moved (FLOP/B)")
            .yAxisTitle("10⁹ operations a second (GFLOP/s)")
            .build();
    Styler styler = chart.getStyler();
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    List<Race.Row> rows = results.stream().flatMap(r -> r.rows().stream()).toList();
    double left = rows.stream().mapToDouble(Roofline::intensity).min().orElse(1) / 4;
    double right = rows.stream().mapToDouble(Roofline::intensity).max().orElse(1) * 4;
    for (int team = 0; team < results.getFirst().ceilings().size(); team++) {
      roof(chart, results, team, left, Math.max(right, 32));
    }
    // Room for the names under the lowest points.
    chart
        .getStyler()
        .setYAxisMin(rows.stream().mapToDouble(Race.Row::gflops).min().orElse(1) / 2.5);
    points(chart, rows);
    labels(chart, rows);
    Pictures.write(BitmapEncoder.getBufferedImage(chart), file);
  }

  private static double intensity(Race.Row row) {
    return row.gflops() / row.gigabytes();
  }

  /** The roof of a number of threads: the best copy of all sizes, and the multiply-adds. */
  private static void roof(
      XYChart chart, List<Race.Result> results, int team, double left, double right) {
    double memory = 0;
    double peak = 0;
    for (Race.Result r : results) {
      Ceilings c = r.ceilings().get(team);
      memory = Math.max(memory, c.copy());
      peak = Math.max(peak, Double.isNaN(c.fma()) ? 0 : c.fma());
    }
    int threads = results.getFirst().ceilings().get(team).threads();
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    x.add(left);
    y.add(memory * left);
    if (peak > 0) {
      double ridge = peak / memory;
      x.add(ridge);
      y.add(peak);
      x.add(Math.max(right, 2 * ridge));
      y.add(peak);
    } else {
      x.add(right);
      y.add(memory * right);
    }
    XYSeries roof = chart.addSeries("roof, " + threads(threads), x, y);
    roof.setMarker(SeriesMarkers.NONE);
    roof.setLineColor(team == 0 ? Color.GRAY : Color.BLACK);
    roof.setLineStyle(new BasicStroke(2));
  }

  /** A colour a level, filled circles for one thread and squares for more. */
  private static void points(XYChart chart, List<Race.Row> rows) {
    Map<String, List<Race.Row>> series = new LinkedHashMap<>();
    List<String> levels = new ArrayList<>();
    for (Race.Row r : rows) {
      String name = r.level() + ", " + threads(r.threads());
      series.computeIfAbsent(name, k -> new ArrayList<>()).add(r);
      if (!levels.contains(r.level())) {
        levels.add(r.level());
      }
    }
    series.forEach(
        (name, of) -> {
          Marker marker =
              of.getFirst().threads() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.SQUARE;
          XYSeries s =
              chart.addSeries(
                  name,
                  of.stream().map(Roofline::intensity).toList(),
                  of.stream().map(Race.Row::gflops).toList());
          s.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
          s.setMarker(marker);
          s.setMarkerColor(COLOURS[levels.indexOf(of.getFirst().level()) % COLOURS.length]);
        });
  }

  /** The name of each operation under its lowest point, one under the other where they meet. */
  private static void labels(XYChart chart, List<Race.Row> rows) {
    Map<String, Race.Row> lowest = new LinkedHashMap<>();
    for (Race.Row r : rows) {
      lowest.merge(r.op(), r, (a, b) -> a.gflops() <= b.gflops() ? a : b);
    }
    List<Label> placed = new ArrayList<>();
    lowest.forEach(
        (op, r) -> {
          Label label = new Label(op, Math.log10(intensity(r)), Math.log10(r.gflops()) - HEIGHT);
          while (placed.stream().anyMatch(label::meets)) {
            label = new Label(op, label.x, label.y - HEIGHT);
          }
          placed.add(label);
          double x = Math.pow(10, label.x);
          chart.addAnnotation(new AnnotationText(op, x, Math.pow(10, label.y), false));
        });
  }

  /** A name and its middle, in decades. */
  private record Label(String text, double x, double y) {
    boolean meets(Label other) {
      double width = LETTER * (text.length() + other.text.length() + 1) / 2;
      return Math.abs(x - other.x) < width && Math.abs(y - other.y) < HEIGHT * 0.99;
    }
  }

  private static String threads(int count) {
    return count + (count == 1 ? " thread" : " threads");
  }
}
