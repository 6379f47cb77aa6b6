package org.adjoint.kernels;

/**
 * Calls that a device writes down once and does again and again as one piece of work: a CUDA graph.
 * The addresses and sizes that the calls were given stay; what may differ from launch to launch,
 * the settings of optimizers and the counters of random streams, is put into places in the device's
 * memory, from which the kernels read it. For one thread at a time.
 *
 * <pre>{@code
 * int rate = graph.place();
 * graph.rehearse(step);
 * graph.capture(() -> {
 *   forwardAndBackward.run();
 *   graph.reads(rate);
 *   update.run();
 * });
 * graph.put(rate, settings);
 * graph.launch();
 * }</pre>
 */
public interface DeviceGraph extends AutoCloseable {
  /** Returns the number of a new place for something that differs from launch to launch. */
  int place();

  /**
   * Does the calls as usual, so that all that they load or take for themselves is there when they
   * are written down. Memory that they take stays with the graph.
   */
  void rehearse(Runnable calls);

  /**
   * Writes the calls down and does not do them. They are those that were rehearsed last, on the
   * same tensors, which must live as long as the graph.
   *
   * @throws org.adjoint.tensor.AdjointException if one waits, reads values or takes memory; the
   *     device is then as before, and there is nothing to launch
   */
  void capture(Runnable calls);

  /**
   * Says where the calls to come find what differs from launch to launch; while capturing.
   *
   * @param place its number; −1 if they are given all that they need
   */
  void reads(int place);

  /** Sets the settings of an optimizer for the launches to come. */
  void put(int place, UpdateStep step);

  /** Sets the counter of a random stream for the launches to come. */
  void put(int place, long counter);

  /** Does all that was written down. */
  void launch();

  /** Gives back what the graph holds; else the garbage collector does. */
  @Override
  void close();
}
