package org.adjoint.layers.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.adjoint.autograd.RandomStream;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batches of sequences, padded at the end to the longest of the batch: x int32 [size, time], labels
 * int32 [size] or [size, time], lengths int32 [size].
 *
 * <p>With {@link #bucket bucketing} sequences of like length come together, so that little is
 * padding; with {@link #round rounding} few different shapes come up, so that more steps are
 * replayed.
 */
public final class SequenceLoader implements Batches {
  /** The label of padding, that which {@code new CrossEntropy().ignore(IGNORE)} leaves out. */
  public static final int IGNORE = -100;

  private final Sequences data;
  private final int batchSize;
  private final Device device;
  private int padding;
  private int ignore = IGNORE;
  private int multiple = 1;
  private int pool = 1;
  private @Nullable RandomStream shuffle;

  /**
   * Creates a loader that gives the sequences in their own order.
   *
   * @param batchSize at least 1
   * @param device where the batches live
   * @throws ArgumentException if the batch size is less than 1
   */
  public SequenceLoader(Sequences data, int batchSize, Device device) {
    this.data = data;
    this.batchSize = atLeastOne("batchSize", batchSize);
    this.device = device;
  }

  private static int atLeastOne(String name, int value) {
    if (value < 1) {
      throw new ArgumentException("sequence_loader", name, value, "it must be at least 1");
    }
    return value;
  }

  /** Draws a new order from the stream for every epoch. Returns this loader. */
  public SequenceLoader shuffle(RandomStream random) {
    shuffle = random;
    return this;
  }

  /**
   * Sorts by length within pools of so many batches, and takes the batches of a shuffled epoch in
   * random order. Returns this loader.
   *
   * @throws ArgumentException if the number is less than 1
   */
  public SequenceLoader bucket(int batches) {
    pool = atLeastOne("batches", batches);
    return this;
  }

  /**
   * Pads to the next multiple. Returns this loader.
   *
   * @throws ArgumentException if it is less than 1
   */
  public SequenceLoader round(int to) {
    multiple = atLeastOne("multiple", to);
    return this;
  }

  /** Pads with these numbers instead of 0 and {@value #IGNORE}. Returns this loader. */
  public SequenceLoader padding(int token, int label) {
    padding = token;
    ignore = label;
    return this;
  }

  @Override
  public int batches() {
    return (data.size() + batchSize - 1) / batchSize;
  }

  @Override
  public int samples() {
    return data.size();
  }

  @Override
  public Map<String, RandomStream> streams() {
    LinkedHashMap<String, RandomStream> all = new LinkedHashMap<>();
    if (shuffle != null) {
      all.put("shuffle", shuffle);
    }
    return all;
  }

  @Override
  public Iterator<Batch> iterator(int from) {
    int[][] groups = groups();
    return new Iterator<>() {
      private int next = from;

      @Override
      public boolean hasNext() {
        return next < groups.length;
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch has " + groups.length + " batches");
        }
        return batch(groups[next++]);
      }
    };
  }

  /** Which sequences come together, batch by batch. */
  private int[][] groups() {
    int n = data.size();
    int[] order =
        shuffle == null
            ? IntStream.range(0, n).toArray()
            : shuffle.permutation(device, n).toIntArray();
    if (pool > 1) {
      int size = (int) Math.min(n, (long) pool * batchSize);
      for (int at = 0; at < n; at += size) {
        int end = Math.min(n, at + size);
        int[] sorted =
            Arrays.stream(order, at, end)
                .boxed()
                .sorted((a, b) -> Integer.compare(data.length(a), data.length(b)))
                .mapToInt(Integer::intValue)
                .toArray();
        System.arraycopy(sorted, 0, order, at, sorted.length);
      }
    }
    int[] places =
        shuffle == null || pool == 1
            ? IntStream.range(0, batches()).toArray()
            : shuffle.permutation(device, batches()).toIntArray();
    int[][] groups = new int[batches()][];
    for (int g = 0; g < groups.length; g++) {
      int at = places[g] * batchSize;
      groups[g] = Arrays.copyOfRange(order, at, Math.min(n, at + batchSize));
    }
    return groups;
  }

  private Batch batch(int[] indices) {
    int n = indices.length;
    int longest = Arrays.stream(indices).map(data::length).max().orElse(0);
    int time = (longest + multiple - 1) / multiple * multiple;
    int[] x = new int[n * time];
    Arrays.fill(x, padding);
    int width = data.isPerPosition() ? time : 1;
    int[] labels = new int[n * width];
    Arrays.fill(labels, ignore);
    int[] lengths = new int[n];
    for (int i = 0; i < n; i++) {
      data.read(indices[i], x, i * time);
      data.readTarget(indices[i], labels, i * width);
      lengths[i] = data.length(indices[i]);
    }
    return new Batch(
        Tensor.of(device, x, n, time),
        data.isPerPosition() ? Tensor.of(device, labels, n, time) : Tensor.of(device, labels, n),
        Tensor.of(device, lengths, n),
        indices,
        n);
  }
}
