package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One launch in the making: its arguments in the order of the entry's declaration, then the
 * geometry. A thread has one for each device and uses it again and again, so that a launch
 * allocates nothing.
 *
 * <pre>{@code
 * device.launch().tensor(y).tensor(x).integer(n).run(kernel, Geometry.of(blocks, 256));
 * }</pre>
 */
final class Launch {
  private final CudaDriver.Stream own;
  private CudaDriver.Stream stream;
  private @Nullable CudaGraph graph;
  private final Parameters parameters = new Parameters();

  /** What must not be collected between the reading of its address and the launch. */
  private final List<Tensor> tensors = new ArrayList<>();

  Launch(CudaDriver.Stream own) {
    this.own = own;
    stream = own;
  }

  /** Lets what this thread does from now on be part of a graph that is rehearsed or captured. */
  void begin(CudaGraph of, CudaDriver.Stream in) {
    graph = of;
    stream = in;
  }

  /** Ends {@link #begin}. */
  void end() {
    graph = null;
    stream = own;
  }

  /** Returns the queue that this thread's work goes into. */
  CudaDriver.Stream stream() {
    return stream;
  }

  /** Returns the graph that this thread's work is to be part of, or null. */
  @Nullable CudaGraph graph() {
    return graph;
  }

  /** Returns whether this thread's work is written down and not done. */
  boolean isCapturing() {
    return stream != own;
  }

  /** Begins anew. */
  Launch clear() {
    parameters.clear();
    tensors.clear();
    return this;
  }

  /** Adds the address of a tensor's first element. */
  Launch tensor(Tensor t) {
    tensors.add(t);
    parameters.address(CudaDevice.address(t));
    return this;
  }

  /** Adds an address of something that lasts. */
  Launch address(long value) {
    parameters.address(value);
    return this;
  }

  /** Adds a 32-bit integer. */
  Launch integer(int value) {
    parameters.integer(value);
    return this;
  }

  /** Adds a 64-bit integer. */
  Launch wide(long value) {
    parameters.wide(value);
    return this;
  }

  /** Adds a float32. */
  Launch number(float value) {
    parameters.number(value);
    return this;
  }

  /** Returns whether this launch will read numbers that change, of a graph that is captured. */
  boolean isChanging() {
    return graph != null && isCapturing() && graph.changing() != 0;
  }

  /** Adds where a counter or the numbers of a rule lie in memory, 0 if they are given here. */
  Launch changing() {
    return address(graph != null && isCapturing() ? graph.changing() : 0);
  }

  /** Adds where the numbers of an entry of {@code updates.ptx} lie, 0 if they are given here. */
  Launch changingEntry() {
    return address(graph != null && isCapturing() ? graph.changingEntry() : 0);
  }

  /** Leaves so many bytes of an array of arguments 0. */
  Launch skip(int bytes) {
    parameters.skip(bytes);
    return this;
  }

  /** Puts the kernel into the device's queue. */
  void run(CudaDriver.Function kernel, Geometry geometry) {
    try {
      if (graph != null && isCapturing()) {
        graph.keep(tensors);
      }
      stream.launch(kernel, geometry, parameters);
    } finally {
      Reference.reachabilityFence(tensors);
      tensors.clear();
    }
  }
}
