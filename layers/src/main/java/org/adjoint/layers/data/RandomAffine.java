package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;

/**
 * Turns, scales, shears and moves each image at random about its centre, bilinear between pixels: a
 * pixel at (y, x) of the result is that at A⁻¹·(y, x) of the image, with A = translation · rotation
 * · shear · scale and each number uniform in its range.
 */
public final class RandomAffine implements Augmentation {
  private final int height;
  private final int width;
  private final double degrees;
  private final double shift;
  private final double scale;
  private final double shear;
  private final float background;
  private final float[] moved;

  /**
   * Creates the change.
   *
   * @param height rows of a plane; a sample is one plane or several
   * @param width columns of a plane
   * @param degrees the largest angle to either side, 0 or more
   * @param shift the largest move in pixels, 0 or more
   * @param scale the largest change of size, in [0, 1): factors are 1 − scale to 1 + scale
   * @param shear the largest shear, columns a row, 0 or more
   * @param background the value of what comes into view, {@link Images#background}
   * @throws ArgumentException if a number is outside its range
   */
  public RandomAffine(
      int height,
      int width,
      double degrees,
      double shift,
      double scale,
      double shear,
      float background) {
    if (height < 1
        || width < 1
        || !(degrees >= 0)
        || !(shift >= 0)
        || !(scale >= 0 && scale < 1)
        || !(shear >= 0)) {
      throw new ArgumentException(
          "random_affine",
          "ranges",
          "degrees " + degrees + ", shift " + shift + ", scale " + scale + ", shear " + shear,
          "none is negative, and scale is less than 1");
    }
    this.height = height;
    this.width = width;
    this.degrees = degrees;
    this.shift = shift;
    this.scale = scale;
    this.shear = shear;
    this.background = background;
    this.moved = new float[height * width];
  }

  /** Returns a change that only turns. */
  public static RandomAffine rotation(int height, int width, double degrees, float background) {
    return new RandomAffine(height, width, degrees, 0, 0, 0, background);
  }

  @Override
  public int draws() {
    return 5;
  }

  @Override
  public void apply(float[] values, int samples, int length, float[] uniform) {
    for (int s = 0; s < samples; s++) {
      double angle = Math.toRadians(degrees) * signed(uniform[5 * s]);
      double dy = shift * signed(uniform[5 * s + 1]);
      double dx = shift * signed(uniform[5 * s + 2]);
      double factor = 1 + scale * signed(uniform[5 * s + 3]);
      double k = shear * signed(uniform[5 * s + 4]);
      double cos = Math.cos(angle);
      double sin = Math.sin(angle);
      for (int at = s * length; at < (s + 1) * length; at += moved.length) {
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < width; x++) {
            double v = y - (height - 1) / 2.0 - dy;
            double u = x - (width - 1) / 2.0 - dx;
            // Rotated back, sheared back, scaled back.
            double row = cos * v - sin * u;
            double column = sin * v + cos * u - k * row;
            moved[y * width + x] =
                Bilinear.at(
                    values,
                    at,
                    height,
                    width,
                    row / factor + (height - 1) / 2.0,
                    column / factor + (width - 1) / 2.0,
                    background);
          }
        }
        System.arraycopy(moved, 0, values, at, moved.length);
      }
    }
  }

  private static double signed(float uniform) {
    return 2.0 * uniform - 1;
  }
}
