package org.adjoint.layers.data;

import java.util.Arrays;
import org.adjoint.tensor.ArgumentException;

/**
 * Moves each image by a whole number of pixels, from −reach to reach along both axes: a random crop
 * of the image after {@code reach} pixels of padding on every side.
 */
public final class RandomShift implements Augmentation {
  private final int height;
  private final int width;
  private final int reach;
  private final float background;
  private final float[] moved;

  /**
   * Creates the augmentation.
   *
   * @param height rows of a plane; a sample is one plane or several
   * @param width columns of a plane
   * @param reach the largest shift, at least 0 and less than both
   * @param background the value of pixels that come into view, {@link Images#background}
   * @throws ArgumentException if the reach is outside its range
   */
  public RandomShift(int height, int width, int reach, float background) {
    if (reach < 0 || reach >= Math.min(height, width)) {
      throw new ArgumentException(
          "random_shift", "reach", reach, "images are " + height + "x" + width + " pixels");
    }
    this.height = height;
    this.width = width;
    this.reach = reach;
    this.background = background;
    this.moved = new float[height * width];
  }

  @Override
  public int draws() {
    return 2;
  }

  @Override
  public void apply(float[] values, int samples, int length, float[] uniform) {
    int choices = 2 * reach + 1;
    for (int s = 0; s < samples; s++) {
      int down = (int) (uniform[2 * s] * choices) - reach;
      int right = (int) (uniform[2 * s + 1] * choices) - reach;
      for (int at = s * length; at < (s + 1) * length; at += moved.length) {
        move(values, at, down, right);
      }
    }
  }

  private void move(float[] values, int at, int down, int right) {
    Arrays.fill(moved, background);
    int from = Math.max(0, right);
    int count = width - Math.abs(right);
    for (int row = Math.max(0, down); row < Math.min(height, height + down); row++) {
      System.arraycopy(
          values, at + (row - down) * width + from - right, moved, row * width + from, count);
    }
    System.arraycopy(moved, 0, values, at, moved.length);
  }
}
