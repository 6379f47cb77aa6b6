package org.adjoint.layers.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.HeapDevice;
import org.adjoint.tensor.Inlet;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a data set, epoch after epoch. Every call of {@link #iterator} starts an epoch and
 * ends the one before; all epochs fill the same tensors, so that nothing is allocated on the way.
 * Not for several threads.
 *
 * <pre>{@code
 * for (Batch batch : loader) { … }
 * }</pre>
 */
public final class DataLoader implements Batches {
  private final Dataset data;
  private final int batchSize;
  private final Device device;

  /** Where numbers are drawn that Java needs: they are the same on every device. */
  private final Device host;

  private final int length;
  private final float[] floats;
  private final double @Nullable [] doubles;
  private final int[] classes;
  private final int[] order;
  private final DType dtype;
  private final List<Slot> slots = new ArrayList<>();
  private boolean keepLast = true;
  private int ahead;
  private @Nullable Prefetch prefetch;
  private @Nullable RandomStream shuffle;
  private @Nullable Augmentation augmentation;
  private @Nullable RandomStream draws;
  private @Nullable Tensor drawn;
  private long drawsFrom;
  private float[] uniform = {};

  /**
   * Creates a loader that gives the samples in their own order, the last batch smaller if they do
   * not come out even.
   *
   * @param data the samples, at least one
   * @param batchSize at least 1
   * @param device where the batches live
   * @param dtype float32 or float64
   * @throws ArgumentException if the data set is empty or the batch size is less than 1
   * @throws DTypeException if the type is int32
   */
  public DataLoader(Dataset data, int batchSize, Device device, DType dtype) {
    if (batchSize < 1) {
      throw new ArgumentException("data_loader", "batchSize", batchSize, "it must be at least 1");
    }
    if (data.size() == 0) {
      throw new ArgumentException("data_loader", "data", "empty", "there is nothing to load");
    }
    if (!dtype.isFloating()) {
      throw new DTypeException("data_loader", "dtype", dtype, "samples are float32 or float64");
    }
    this.data = data;
    this.batchSize = Math.min(batchSize, data.size());
    this.device = device;
    this.host = host(device);
    this.length = data.shape().size();
    this.floats = new float[Math.multiplyExact(this.batchSize, length)];
    this.doubles = dtype == DType.F64 ? new double[floats.length] : null;
    this.classes = new int[this.batchSize];
    this.order = new int[data.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    this.dtype = dtype;
    slots.add(new Slot());
  }

  /** Returns where to draw numbers that Java needs: as near to the heap as possible. */
  static Device host(Device device) {
    return device instanceof HeapDevice ? device : Backends.fastest();
  }

  /** The tensors of a batch, and of a last one that is smaller: a view of them. */
  private final class Slot implements Prefetch.Slot {
    private final Batch full;
    private final @Nullable Batch last;
    private final Inlet inlet = device.inlet();

    Slot() {
      Tensor x = Tensor.owned(device, dtype, data.shape().insert(0, batchSize));
      Tensor labels = Tensor.owned(device, DType.I32, Shape.of(batchSize));
      int[] indices = new int[batchSize];
      full = new Batch(x, labels, indices, batchSize);
      int rest = data.size() % batchSize;
      last =
          rest == 0
              ? null
              : new Batch(x.slice(0, 0, rest), labels.slice(0, 0, rest), indices, rest);
    }

    @Override
    public Batch fill(int number) {
      int from = number * batchSize;
      Batch batch = last != null && order.length - from < batchSize ? last : full;
      DataLoader.this.fill(batch, from, inlet);
      return batch;
    }

    @Override
    public void acquire() {
      inlet.acquire();
    }

    @Override
    public void release() {
      inlet.release();
    }
  }

  /** Draws a new order from the stream for every epoch. Returns this loader. */
  public DataLoader shuffle(RandomStream random) {
    shuffle = random;
    return this;
  }

  /** Changes every batch, with numbers from the stream. Returns this loader. */
  public DataLoader augment(Augmentation change, RandomStream random) {
    augmentation = change;
    draws = random;
    drawn = Tensor.owned(host, DType.F32, Shape.of(batchSize * change.draws()));
    uniform = new float[batchSize * change.draws()];
    return this;
  }

  /** Leaves out a last batch that is smaller than the others. Returns this loader. */
  public DataLoader dropLast() {
    keepLast = false;
    return this;
  }

  /**
   * Fills so many batches ahead on a thread of its own, while the training step before still runs;
   * on a GPU they travel there meanwhile, too. The batches are the same. Returns this loader.
   *
   * @param batches at least 1; each takes memory of its own
   * @throws ArgumentException if it is less
   */
  public DataLoader prefetch(int batches) {
    if (batches < 1) {
      throw new ArgumentException("data_loader", "batches", batches, "it must be at least 1");
    }
    ahead = batches;
    // One is being filled and one is in use besides.
    while (slots.size() < batches + 2) {
      slots.add(new Slot());
    }
    return this;
  }

  /** Returns the samples. */
  public Dataset data() {
    return data;
  }

  @Override
  public int batches() {
    return data.size() / batchSize + (keepLast && data.size() % batchSize > 0 ? 1 : 0);
  }

  @Override
  public int samples() {
    return keepLast ? data.size() : data.size() / batchSize * batchSize;
  }

  @Override
  public Map<String, RandomStream> streams() {
    LinkedHashMap<String, RandomStream> all = new LinkedHashMap<>();
    if (shuffle != null) {
      all.put("shuffle", shuffle);
    }
    if (draws != null) {
      all.put("augment", draws);
    }
    return all;
  }

  @Override
  public Iterator<Batch> iterator(int from) {
    if (prefetch != null) {
      prefetch.cancel();
    }
    if (shuffle != null) {
      Tensor permutation = shuffle.permutation(host, order.length);
      host.download(permutation.storage(), permutation.layout().offset(), order, 0, order.length);
    }
    if (draws != null && drawn != null) {
      // All of the epoch's at once: each batch has its own part, whoever fills it and when.
      drawsFrom = draws.offset();
      draws.offset(drawsFrom + (long) batches() * drawn.size());
    }
    if (ahead > 0) {
      prefetch = new Prefetch(slots, from, batches());
      return prefetch;
    }
    return new Iterator<>() {
      private int next = from;

      @Override
      public boolean hasNext() {
        return next < batches();
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch has " + batches() + " batches");
        }
        Slot slot = slots.get(0);
        slot.release();
        Batch batch = slot.fill(next++);
        slot.acquire();
        return batch;
      }
    };
  }

  private void fill(Batch batch, int from, Inlet inlet) {
    int n = batch.size();
    for (int i = 0; i < n; i++) {
      int index = order[from + i];
      batch.indices()[i] = index;
      classes[i] = data.label(index);
      data.read(index, floats, i * length);
    }
    if (augmentation != null && draws != null && drawn != null) {
      long at = drawsFrom + (long) from / batchSize * drawn.size();
      Backends.kernels(host).random().uniform(draws.seed(), at, 0, 1, drawn);
      host.download(drawn.storage(), drawn.layout().offset(), uniform, 0, uniform.length);
      augmentation.apply(floats, n, length, uniform);
    }
    Object values = floats;
    if (doubles != null) {
      for (int i = 0; i < n * length; i++) {
        doubles[i] = floats[i];
      }
      values = doubles;
    }
    inlet.upload(values, 0, batch.x().storage(), 0, n * length);
    inlet.upload(classes, 0, batch.labels().storage(), 0, n);
  }
}
