package org.adjoint.layers.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Training on several devices of one process: each has a replica of the network and takes a part of
 * every batch; the gradients are added up on the first, which makes the update and sends the
 * parameters to the others.
 *
 * <pre>{@code
 * DataParallel parallel =
 *     new DataParallel(
 *         List.of(Backends.get("cuda"), Backends.get("cuda:1")),
 *         device -> new Classification(Models.lenet5(Setup.of(device, DType.F32, 42))));
 * Optimizer optimizer = new Sgd(parallel.task().network(), 0.05, 0.9);
 * new Trainer(parallel.task(), optimizer, loader, 8).parallel(parallel).run();
 * }</pre>
 *
 * <p>With n samples, of which nₖ on device k, the gradient is Σ (nₖ/n)·gₖ, added in the order of
 * the devices: the result has the same bits at each run, whichever device is done first, and
 * differs from that of one device with the whole batch by the rounding of sums that are put
 * together in parts. What a layer computes over its batch it computes over its part: batch norm
 * normalises with the statistics of nₖ samples, and the running statistics are those of the first
 * device. Random streams, such as dropout's, go on 2⁴⁰ numbers apart on each device.
 *
 * <p>Replicas may share a device. For one thread.
 */
public final class DataParallel {
  private final List<Replica> replicas = new ArrayList<>();
  private final HostRoute route = new HostRoute();

  /** What the devices' gradients come to, and room for one that arrives; on the first device. */
  private @Nullable Tensor sum;

  private @Nullable Tensor arrived;

  /**
   * Makes a replica on each device.
   *
   * @param devices at least one; the first has the parameters that are updated and saved
   * @param task makes the task of a device, with a network of its own
   * @throws ArgumentException if there are none, or the networks differ
   */
  public DataParallel(
      List<? extends Device> devices, Function<Device, ? extends RecordableTask> task) {
    this(devices.stream().map(task).toList());
  }

  /**
   * Joins replicas. The first one's parameters and buffers are copied to the others.
   *
   * @param tasks at least one, each with a network of its own on its device
   * @throws ArgumentException if there are none, or the networks differ
   */
  public DataParallel(List<? extends RecordableTask> tasks) {
    if (tasks.isEmpty()) {
      throw new ArgumentException(
          "data_parallel", "devices", "none", "name at least one, such as Backends.get(\"cuda\")");
    }
    for (RecordableTask task : tasks) {
      Replica replica = new Replica(task, replicas.size());
      if (!replicas.isEmpty()) {
        replica.requireLike(replicas.getFirst());
      }
      replicas.add(replica);
    }
    spread();
  }

  /** Returns the task of the first device: its network is trained, evaluated and saved. */
  public RecordableTask task() {
    return replicas.getFirst().task();
  }

  /** Returns the devices, in the order in which their gradients are added. */
  public List<Device> devices() {
    return replicas.stream().map(Replica::device).toList();
  }

  /** Copies parameters and buffers of the first device to the others, as after loading a file. */
  public void spread() {
    Replica first = replicas.getFirst();
    for (Replica other : replicas.subList(1, replicas.size())) {
      route.copy(first.buffers(), other.buffers());
    }
    spreadParameters();
  }

  private void spreadParameters() {
    if (replicas.size() == 1) {
      return;
    }
    Tensor weights = replicas.getFirst().gather();
    for (Replica other : replicas.subList(1, replicas.size())) {
      route.copy(weights, other.flat());
      other.scatter();
    }
  }

  /**
   * Makes a step: gradients, sum, update.
   *
   * @param optimizer of the network of {@link #task}
   * @param batch at least one sample; with less samples than devices the last devices rest
   * @param metrics where right answers and losses are counted
   * @return the mean loss of the batch
   */
  public double step(Optimizer optimizer, Batch batch, Metrics metrics) {
    try (Scope _ = Scope.open()) {
      Replica first = replicas.getFirst();
      List<Batch> parts = parts(batch);
      for (int k = 0; k < parts.size(); k++) {
        // Devices that queue their work are busy side by side from here on.
        replicas.get(k).compute(parts.get(k), first);
      }
      first.update(optimizer, sum(parts, batch.size()));
      spreadParameters();
      double loss = 0;
      for (int k = 0; k < parts.size(); k++) {
        Batch part = parts.get(k);
        double own = replicas.get(k).count(part, metrics);
        metrics.loss(own, part.size());
        loss += own * part.size() / batch.size();
      }
      return loss;
    }
  }

  /** Cuts a batch into parts that differ by one sample at most, each on its device. */
  private List<Batch> parts(Batch batch) {
    int n = batch.size();
    int count = Math.min(n, replicas.size());
    List<Batch> parts = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      int from = (int) ((long) n * k / count);
      int to = (int) ((long) n * (k + 1) / count);
      Device device = replicas.get(k).device();
      Tensor lengths = batch.lengths();
      parts.add(
          new Batch(
              part(batch.x(), n, from, to, device),
              part(batch.labels(), n, from, to, device),
              lengths == null ? null : part(lengths, n, from, to, device),
              Arrays.copyOfRange(batch.indices(), from, to),
              to - from));
    }
    return parts;
  }

  /** Returns samples from {@code from} to {@code to} of n; several rows may make a sample. */
  private static Tensor part(Tensor t, int n, int from, int to, Device device) {
    int each = t.dim(0) / n;
    Tensor rows = t.slice(0, from * each, to * each);
    return rows.device() == device ? rows : rows.to(device);
  }

  private Tensor sum(List<Batch> parts, int n) {
    Replica first = replicas.getFirst();
    Tensor total = sum == null ? first.room() : sum;
    Tensor other = arrived == null ? first.room() : arrived;
    sum = total;
    arrived = other;
    ElementwiseKernels kernels = Backends.kernels(first.device()).elementwise();
    for (int k = 0; k < parts.size(); k++) {
      double weight = (double) parts.get(k).size() / n;
      if (k == 0) {
        kernels.unary(UnaryOp.MUL_SCALAR, first.gradient(), weight, 0, total);
      } else {
        route.copy(replicas.get(k).gradient(), other);
        kernels.unary(UnaryOp.MUL_SCALAR, other, weight, 0, other);
        kernels.binary(BinaryOp.ADD, total, other, total);
      }
    }
    return total;
  }
}
