package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;

/** Adds normal noise to every value (Box and Muller, 1958). */
public final class GaussianNoise implements Augmentation {
  private final int length;
  private final double deviation;

  /**
   * Creates the change.
   *
   * @param length elements of a sample
   * @param deviation of the noise, 0 or more
   * @throws ArgumentException if it is negative
   */
  public GaussianNoise(int length, double deviation) {
    if (length < 1 || !(deviation >= 0)) {
      throw new ArgumentException(
          "gaussian_noise", "deviation", deviation, "it must be 0 or more; length " + length);
    }
    this.length = length;
    this.deviation = deviation;
  }

  @Override
  public int draws() {
    return length + length % 2;
  }

  @Override
  public void apply(float[] values, int samples, int size, float[] uniform) {
    for (int s = 0; s < samples; s++) {
      for (int i = 0; i < size; i++) {
        int pair = s * draws() + i / 2 * 2;
        // 1 − u is never 0.
        double radius = Math.sqrt(-2 * Math.log(1 - uniform[pair]));
        double angle = 2 * Math.PI * uniform[pair + 1];
        double normal = radius * (i % 2 == 0 ? Math.cos(angle) : Math.sin(angle));
        values[s * size + i] += (float) (deviation * normal);
      }
    }
  }
}
