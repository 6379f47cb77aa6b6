package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;

/**
 * Distorts each image as an oscillating hand would (Simard, Steinkraus and Platt, 2003): every
 * pixel comes from a place displaced by α times a field of uniform numbers in (−1, 1) that a
 * Gaussian of deviation σ has smoothed. For digits of 28 × 28 they used σ = 4 and α = 34.
 */
public final class ElasticDistortion implements Augmentation {
  private final int height;
  private final int width;
  private final double alpha;
  private final float background;
  private final double[] weights;
  private final float[] moved;
  private final float[] down;
  private final float[] right;
  private final float[] half;

  /**
   * Creates the change.
   *
   * @param height rows of a plane; a sample is one plane or several
   * @param width columns of a plane
   * @param sigma σ in pixels, more than 0
   * @param alpha α in pixels
   * @param background the value of what comes into view, {@link Images#background}
   * @throws ArgumentException if σ is not more than 0
   */
  public ElasticDistortion(int height, int width, double sigma, double alpha, float background) {
    if (height < 1 || width < 1 || !(sigma > 0) || !Double.isFinite(alpha)) {
      throw new ArgumentException(
          "elastic_distortion", "sigma", sigma, "it must be more than 0, and alpha " + alpha);
    }
    this.height = height;
    this.width = width;
    this.alpha = alpha;
    this.background = background;
    int reach = (int) Math.ceil(3 * sigma);
    weights = new double[reach + 1];
    double sum = 0;
    for (int i = 0; i <= reach; i++) {
      weights[i] = Math.exp(-0.5 * i * i / (sigma * sigma));
      sum += i == 0 ? weights[i] : 2 * weights[i];
    }
    for (int i = 0; i <= reach; i++) {
      weights[i] /= sum;
    }
    moved = new float[height * width];
    down = new float[height * width];
    right = new float[height * width];
    half = new float[height * width];
  }

  @Override
  public int draws() {
    return 2 * height * width;
  }

  @Override
  public void apply(float[] values, int samples, int length, float[] uniform) {
    int n = height * width;
    for (int s = 0; s < samples; s++) {
      smooth(uniform, 2 * s * n, down);
      smooth(uniform, (2 * s + 1) * n, right);
      for (int at = s * length; at < (s + 1) * length; at += n) {
        for (int i = 0; i < n; i++) {
          moved[i] =
              Bilinear.at(
                  values,
                  at,
                  height,
                  width,
                  i / width + alpha * down[i],
                  i % width + alpha * right[i],
                  background);
        }
        System.arraycopy(moved, 0, values, at, n);
      }
    }
  }

  /** A field of numbers in (−1, 1), smoothed along rows, then along columns; 0 around it. */
  private void smooth(float[] uniform, int from, float[] field) {
    for (int i = 0; i < field.length; i++) {
      field[i] = 2 * uniform[from + i] - 1;
    }
    for (int y = 0; y < height; y++) {
      line(field, y * width, 1, width, half);
    }
    for (int x = 0; x < width; x++) {
      line(half, x, width, height, field);
    }
  }

  private void line(float[] from, int start, int step, int n, float[] to) {
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int k = Math.max(0, i - weights.length + 1); k < Math.min(n, i + weights.length); k++) {
        sum += weights[Math.abs(i - k)] * from[start + k * step];
      }
      to[start + i * step] = (float) sum;
    }
  }
}
