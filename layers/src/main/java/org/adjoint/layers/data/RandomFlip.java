package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;

/** Mirrors an image left to right, with a probability. */
public final class RandomFlip implements Augmentation {
  private final int width;
  private final double probability;

  /**
   * Creates the change.
   *
   * @param width columns of a plane; a sample is one plane or several
   * @param probability in [0, 1]
   * @throws ArgumentException if it is not
   */
  public RandomFlip(int width, double probability) {
    if (width < 1 || !(probability >= 0 && probability <= 1)) {
      throw new ArgumentException(
          "random_flip", "probability", probability, "it must be in [0, 1]; width " + width);
    }
    this.width = width;
    this.probability = probability;
  }

  @Override
  public int draws() {
    return 1;
  }

  @Override
  public void apply(float[] values, int samples, int length, float[] uniform) {
    for (int s = 0; s < samples; s++) {
      if (uniform[s] < probability) {
        for (int row = s * length; row < (s + 1) * length; row += width) {
          for (int i = row, j = row + width - 1; i < j; i++, j--) {
            float v = values[i];
            values[i] = values[j];
            values[j] = v;
          }
        }
      }
    }
  }
}
