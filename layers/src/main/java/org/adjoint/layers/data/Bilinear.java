package org.adjoint.layers.data;

/** The value of a picture between its pixels. */
final class Bilinear {
  private Bilinear() {}

  /** The value at row y and column x of a plane that begins at {@code from}. */
  static float at(
      float[] values, int from, int height, int width, double y, double x, float background) {
    int top = (int) Math.floor(y);
    int left = (int) Math.floor(x);
    double down = y - top;
    double right = x - left;
    double upper =
        (1 - right) * pixel(values, from, height, width, top, left, background)
            + right * pixel(values, from, height, width, top, left + 1, background);
    double lower =
        (1 - right) * pixel(values, from, height, width, top + 1, left, background)
            + right * pixel(values, from, height, width, top + 1, left + 1, background);
    return (float) ((1 - down) * upper + down * lower);
  }

  private static float pixel(
      float[] values, int from, int height, int width, int y, int x, float background) {
    boolean inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? values[from + y * width + x] : background;
  }

  /**
   * Returns a plane in another size: each pixel is a weighted mean of those around its place, with
   * a triangle of weights as wide as a pixel of the coarser of the two.
   */
  static float[] resized(float[] values, int height, int width, int toHeight, int toWidth) {
    float[] rows = new float[height * toWidth];
    for (int y = 0; y < height; y++) {
      line(values, y * width, 1, width, rows, y * toWidth, 1, toWidth);
    }
    float[] all = new float[toHeight * toWidth];
    for (int x = 0; x < toWidth; x++) {
      line(rows, x, toWidth, height, all, x, toWidth, toHeight);
    }
    return all;
  }

  private static void line(
      float[] from, int start, int step, int n, float[] to, int at, int stride, int count) {
    double scale = (double) n / count;
    double reach = Math.max(1, scale);
    for (int i = 0; i < count; i++) {
      double centre = (i + 0.5) * scale;
      double sum = 0;
      double weights = 0;
      int last = (int) Math.min(n, Math.floor(centre + reach + 0.5));
      for (int k = (int) Math.max(0, Math.floor(centre - reach + 0.5)); k < last; k++) {
        double w = Math.max(0, 1 - Math.abs((k + 0.5 - centre) / reach));
        sum += w * from[start + k * step];
        weights += w;
      }
      to[at + i * stride] = (float) (sum / weights);
    }
  }
}
