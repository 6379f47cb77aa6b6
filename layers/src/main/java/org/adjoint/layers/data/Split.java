package org.adjoint.layers.data;

import java.util.Arrays;
import org.adjoint.autograd.RandomStream;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Device;

/**
 * A data set in two: what to train on, and what to hold out to choose settings with.
 *
 * @param train the larger part
 * @param heldOut the part that training never sees
 */
public record Split(Dataset train, Dataset heldOut) {
  /**
   * Splits at random.
   *
   * @param data the whole
   * @param count how many samples to hold out, from 0 to size − 1
   * @param seed equal seeds give equal splits on every device
   * @param device where to draw
   * @throws ArgumentException if the count is outside its range
   */
  public static Split random(Dataset data, int count, long seed, Device device) {
    if (count < 0 || count >= data.size()) {
      throw new ArgumentException(
          "split",
          "count",
          count,
          "the data set has " + data.size() + " samples; hold out 0 or more, and fewer than all");
    }
    int[] order = new RandomStream(seed).permutation(device, data.size()).toIntArray();
    return new Split(
        data.subset(Arrays.copyOfRange(order, count, order.length)),
        data.subset(Arrays.copyOf(order, count)));
  }
}
