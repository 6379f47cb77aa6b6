package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A CUDA graph. What differs from launch to launch lies in a block of the GPU's memory, which one
 * small copy brings up to date: that costs the same however many kernels read it, whereas changing
 * the parameters of nodes costs a call for each, and their numbers would have to be found again.
 *
 * <p>It is captured in a queue of its own, by one thread: what other threads do meanwhile goes on.
 */
final class CudaGraph implements DeviceGraph {
  /** Numbers of a rule, as {@code map.ptx} reads them. */
  private static final int RULE = MapPrograms.NUMBERS;

  /** Words of a place: the numbers of a rule, then those of an entry of {@code updates.ptx}. */
  private static final int WORDS = RULE + 2 * ((CudaUpdates.NUMBERS + 2) / 2);

  /** What is given back when nobody refers to the graph any more. */
  private static final class Held implements Runnable {
    final GraphMemory memory;
    CudaDriver.@Nullable Graph graph;

    Held(GraphMemory memory) {
      this.memory = memory;
    }

    synchronized void graph(CudaDriver.@Nullable Graph value) {
      if (graph != null) {
        graph.close();
      }
      graph = value;
    }

    @Override
    public void run() {
      graph(null);
      memory.run();
    }
  }

  private final CudaDevice device;
  private final Held held;
  private final Cleaner.Cleanable end;

  /** What the kernels were given, besides the tensors of the calls: programs, temporaries. */
  private final List<Tensor> kept = new ArrayList<>();

  private int places;
  private MemorySegment values = MemorySegment.ofArray(new int[0]);
  private @Nullable Tensor memory;
  private boolean changed;
  private int place = -1;

  CudaGraph(CudaDevice device) {
    this.device = device;
    held = new Held(new GraphMemory(device.pool()));
    end = CudaStorage.CLEANER.register(this, held);
  }

  @Override
  public int place() {
    if (memory != null) {
      throw new ArgumentException(
          "graph", "place", places, "reserve places before the calls are rehearsed");
    }
    return places++;
  }

  /** Returns who lends temporaries. */
  Lender lender() {
    return held.memory;
  }

  /** Returns where the call that is captured finds a counter or the numbers of a rule, or 0. */
  long changing() {
    return place < 0 || memory == null
        ? 0
        : CudaDevice.address(memory) + (long) place * WORDS * Integer.BYTES;
  }

  /** Returns where the call that is captured finds the numbers of {@code updates.ptx}, or 0. */
  long changingEntry() {
    long at = changing();
    return at == 0 ? 0 : at + (long) RULE * Float.BYTES;
  }

  /** Keeps what a captured launch was given. */
  void keep(List<Tensor> tensors) {
    kept.addAll(tensors);
  }

  @Override
  public void rehearse(Runnable calls) {
    if (memory == null) {
      int words = Math.max(1, places * WORDS);
      memory = Tensor.owned(device, DType.I32, Shape.of(words));
      values = MemorySegment.ofArray(new int[words]);
      changed = true;
    }
    place = -1;
    Launch launch = device.launch();
    launch.begin(this, device.stream());
    try {
      calls.run();
    } finally {
      launch.end();
    }
  }

  @Override
  public void capture(Runnable calls) {
    held.graph(null);
    kept.clear();
    Launch launch = device.launch();
    CudaDriver.Stream stream = device.captureStream();
    synchronized (stream) {
      stream.beginCapture();
      boolean done = false;
      try {
        launch.begin(this, stream);
        calls.run();
        done = true;
      } finally {
        launch.end();
        place = -1;
        held.graph(ended(stream, done));
      }
    }
  }

  /** Ends a capture; after a failure all that matters is that it has ended. */
  private static CudaDriver.@Nullable Graph ended(CudaDriver.Stream stream, boolean done) {
    try {
      CudaDriver.Graph graph = stream.endCapture();
      if (done) {
        return graph;
      }
      graph.close();
    } catch (DeviceException e) {
      if (done) {
        throw e;
      }
    }
    return null;
  }

  @Override
  public void reads(int number) {
    place = number;
  }

  @Override
  public void put(int number, UpdateStep step) {
    double[] numbers = step.numbers();
    for (int i = 0; i < Math.min(RULE, numbers.length); i++) {
      set(number, i, Float.floatToRawIntBits((float) numbers[i]));
    }
    float[] entry = CudaUpdates.numbers(step);
    for (int i = 0; i < entry.length; i++) {
      set(number, RULE + i, Float.floatToRawIntBits(entry[i]));
    }
  }

  @Override
  public void put(int number, long counter) {
    set(number, 0, (int) counter);
    set(number, 1, (int) (counter >>> Integer.SIZE));
  }

  private void set(int number, int word, int bits) {
    long at = (long) number * WORDS + word;
    changed |= values.getAtIndex(ValueLayout.JAVA_INT, at) != bits;
    values.setAtIndex(ValueLayout.JAVA_INT, at, bits);
  }

  @Override
  public void launch() {
    CudaDriver.Graph graph = held.graph;
    if (graph == null || memory == null) {
      throw new ArgumentException("graph", "launch", "of nothing", "capture the calls first");
    }
    try {
      if (changed) {
        device.values().upload(values, CudaDevice.address(memory));
        changed = false;
      }
      device.stream().launch(graph);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    end.clean();
  }
}
