package org.adjoint.layers.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    int[] order =
        new RandomStream(seed).permutation(DataLoader.host(device), data.size()).toIntArray();
    return new Split(
        data.subset(Arrays.copyOfRange(order, count, order.length)),
        data.subset(Arrays.copyOf(order, count)));
  }

  /**
   * Splits k times for cross-validation (Stone, 1974): every sample is held out exactly once, in
   * parts whose sizes differ by one at most.
   *
   * @param k from 2 to the number of samples
   * @param seed equal seeds give equal splits on every device
   * @param device where to draw
   * @throws ArgumentException if k is outside its range
   */
  public static List<Split> folds(Dataset data, int k, long seed, Device device) {
    int n = data.size();
    if (k < 2 || k > n) {
      throw new ArgumentException(
          "folds", "k", k, "the data set has " + n + " samples; give 2 to " + n);
    }
    int[] order = new RandomStream(seed).permutation(DataLoader.host(device), n).toIntArray();
    List<Split> all = new ArrayList<>();
    for (int f = 0; f < k; f++) {
      int from = (int) ((long) n * f / k);
      int to = (int) ((long) n * (f + 1) / k);
      int[] rest = new int[n - (to - from)];
      System.arraycopy(order, 0, rest, 0, from);
      System.arraycopy(order, to, rest, from, n - to);
      all.add(new Split(data.subset(rest), data.subset(Arrays.copyOfRange(order, from, to))));
    }
    return all;
  }
}
