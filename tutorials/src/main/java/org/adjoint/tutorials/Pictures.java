package org.adjoint.tutorials;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The pictures that a run leaves behind, as PNG. */
final class Pictures {
  private static final int SIDE = 28;
  private static final int ZOOM = 3;
  private static final int CELL = 56;

  private Pictures() {}

  /**
   * Draws curves over the epochs.
   *
   * @param series name and one value an epoch
   */
  static void curves(
      Path file, String title, String yAxis, List<Double> epochs, Map<String, List<Double>> series)
      throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(500)
            .title(title)
            .xAxisTitle("epoch")
            .yAxisTitle(yAxis)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisDecimalPattern("0");
    series.forEach(
        (name, values) -> chart.addSeries(name, epochs, values).setMarker(SeriesMarkers.CIRCLE));
    write(BitmapEncoder.getBufferedImage(chart), file);
  }

  /** Draws a confusion matrix: rows are the true classes, columns the predicted ones. */
  static void confusion(Path file, String title, int[][] counts) throws IOException {
    int n = counts.length;
    int margin = 70;
    BufferedImage image =
        new BufferedImage(
            margin + n * CELL + 20, margin + n * CELL + 50, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = canvas(image);
    g.setColor(Color.BLACK);
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    g.drawString(title, margin, 24);
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    centred(g, "predicted", margin + n * CELL / 2, margin + n * CELL + 30);
    g.rotate(-Math.PI / 2);
    centred(g, "true", -(margin + n * CELL / 2), 22);
    g.rotate(Math.PI / 2);
    for (int r = 0; r < n; r++) {
      int total = 0;
      for (int c : counts[r]) {
        total += c;
      }
      g.setColor(Color.BLACK);
      centred(g, Integer.toString(r), 50, margin + r * CELL + CELL / 2 + 5);
      centred(g, Integer.toString(r), margin + r * CELL + CELL / 2, margin - 10);
      for (int c = 0; c < n; c++) {
        double share = total == 0 ? 0 : (double) counts[r][c] / total;
        // Errors are rare, so their colour grows with the root of their share.
        float depth = (float) (r == c ? share : Math.sqrt(share));
        g.setColor(
            r == c
                ? new Color(1 - 0.75f * depth, 1 - 0.45f * depth, 1 - 0.1f * depth)
                : new Color(1f, 1 - depth, 1 - depth));
        g.fillRect(margin + c * CELL, margin + r * CELL, CELL - 1, CELL - 1);
        if (counts[r][c] > 0) {
          g.setColor(Color.BLACK);
          centred(
              g,
              Integer.toString(counts[r][c]),
              margin + c * CELL + CELL / 2,
              margin + r * CELL + CELL / 2 + 5);
        }
      }
    }
    g.dispose();
    write(image, file);
  }

  /**
   * Draws a sheet of digits, each with a caption.
   *
   * @param digits 784 values from 0 to 1 each
   * @param captions one a digit
   * @param columns digits a row
   */
  static void sheet(
      Path file, String title, List<float[]> digits, List<String> captions, int columns)
      throws IOException {
    int rows = Math.max(1, (digits.size() + columns - 1) / columns);
    int w = SIDE * ZOOM + 12;
    int h = SIDE * ZOOM + 28;
    BufferedImage image =
        new BufferedImage(columns * w + 12, rows * h + 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = canvas(image);
    g.setColor(Color.BLACK);
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    g.drawString(title, 12, 26);
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    for (int i = 0; i < digits.size(); i++) {
      int x = 12 + i % columns * w;
      int y = 40 + i / columns * h;
      g.drawImage(picture(digits.get(i)), x, y, SIDE * ZOOM, SIDE * ZOOM, null);
      g.setColor(Color.BLACK);
      centred(g, captions.get(i), x + SIDE * ZOOM / 2, y + SIDE * ZOOM + 15);
    }
    g.dispose();
    write(image, file);
  }

  private static BufferedImage picture(float[] digit) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < SIDE * SIDE; i++) {
      float v = Math.max(0, Math.min(1, digit[i]));
      image.getRaster().setSample(i % SIDE, i / SIDE, 0, Math.round(255 * (1 - v)));
    }
    return image;
  }

  private static Graphics2D canvas(BufferedImage image) {
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    return g;
  }

  private static void centred(Graphics2D g, String text, int x, int y) {
    g.drawString(text, x - g.getFontMetrics().stringWidth(text) / 2, y);
  }

  static void write(BufferedImage image, Path file) throws IOException {
    if (!ImageIO.write(image, "png", file.toFile())) {
      throw new IOException(file + ": this Java has no PNG writer");
    }
  }
}
