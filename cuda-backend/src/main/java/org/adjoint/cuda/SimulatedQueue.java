package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.PtxModule;
import org.adjoint.kernels.ptx.Simulator;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * A queue of a simulated GPU. It does at once what it is given, or writes it down while it
 * captures; what real hardware might do in another order is refused.
 */
final class SimulatedQueue implements CudaDriver.Stream {
  /** A piece of work, in the queue that it is done in. */
  @FunctionalInterface
  private interface Work {
    void run(SimulatedQueue queue);
  }

  /** Work that is being written down. */
  private static final class Capture {
    final Thread thread = Thread.currentThread();
    final List<Work> work = new ArrayList<>();
    boolean invalid;
  }

  /** A kernel of a module. */
  record Function(PtxModule module, String name) implements CudaDriver.Function {}

  private final SimulatedDriver driver;
  private final Simulator simulator;
  private final Ordering ordering;
  private final int number;
  private long[] clock = {};
  private @Nullable Capture capture;

  SimulatedQueue(SimulatedDriver driver, Simulator simulator, Ordering ordering) {
    this.driver = driver;
    this.simulator = simulator;
    this.ordering = ordering;
    number = ordering.queue();
  }

  @Override
  public long handle() {
    return 0;
  }

  private void put(String call, Work work) {
    synchronized (driver) {
      driver.requireAlive(call);
      if (capture == null) {
        run(work);
      } else if (capture.invalid) {
        throw refused(call, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED");
      } else {
        capture.work.add(work);
      }
    }
  }

  private void run(Work work) {
    clock = ordering.next(number, clock);
    work.run(this);
  }

  /** Spoils what is being captured, as a call does that cannot be part of it. */
  private DeviceException spoilt(String call, String status) {
    if (capture != null) {
      capture.invalid = true;
    }
    return refused(call, status);
  }

  private static DeviceException refused(String call, String status) {
    return new DeviceException(
        "sim", call, status, "what waits, or needs memory, cannot be part of a graph");
  }

  private void use(long address, boolean write, String what) {
    String objection = ordering.use(driver.base(address), write, number, clock);
    if (objection != null) {
      throw new DeviceException(
          "sim",
          what,
          (write ? "writing" : "reading") + " memory that " + objection,
          "record an event behind that work and have this queue await it");
    }
  }

  @Override
  public void copyIn(long to, MemorySegment from) {
    put(
        "cuMemcpyHtoDAsync",
        q -> {
          q.driver.pinned().copyIn(from, q.number, q.clock);
          q.use(to, true, "a copy from the host");
          q.simulator.copyIn(to, from);
        });
  }

  @Override
  public void copyOut(MemorySegment to, long from) {
    put(
        "cuMemcpyDtoHAsync",
        q -> {
          q.use(from, false, "a copy to the host");
          q.simulator.copyOut(from, q.driver.pinned().copyOut(to, q.number, q.clock));
        });
  }

  @Override
  public void copy(long to, long from, long bytes) {
    put(
        "cuMemcpyDtoDAsync",
        q -> {
          q.use(from, false, "a copy");
          q.use(to, true, "a copy");
          q.simulator.copy(to, from, bytes);
        });
  }

  @Override
  public void fill(long to, int word, long words) {
    put(
        "cuMemsetD32Async",
        q -> {
          q.use(to, true, "a fill");
          q.simulator.fillWords(to, words, word);
        });
  }

  @Override
  public void launch(CudaDriver.Function kernel, Geometry g, Parameters parameters) {
    Function f = (Function) kernel;
    byte[] packed = parameters.block().toArray(ValueLayout.JAVA_BYTE);
    Parameters noted = parameters;
    if (capture != null) {
      noted = new Parameters();
      noted.become(parameters);
    }
    Parameters kept = noted;
    Dim3 grid = new Dim3(g.gridX(), g.gridY(), g.gridZ());
    Dim3 block = new Dim3(g.blockX(), g.blockY(), g.blockZ());
    driver.countLaunch();
    put(
        "cuLaunchKernel",
        q ->
            q.driver.watched(
                f.name(),
                g,
                kept,
                () ->
                    q.simulator.launch(
                        f.module(),
                        f.name(),
                        grid,
                        block,
                        g.shared(),
                        packed,
                        (base, write) -> q.ordering.use(base, write, q.number, q.clock))));
  }

  // ---- marks --------------------------------------------------------------------------------

  /** A mark: what is sure to be done when a queue has come to it. */
  static final class Mark implements CudaDriver.Event {
    private static final float NANOSECONDS_A_MILLISECOND = 1e6f;

    private final SimulatedDriver driver;
    private long[] reached = {};
    private long time;
    private @Nullable Object capture;

    Mark(SimulatedDriver driver) {
      this.driver = driver;
    }

    @Override
    public void synchronize() {
      synchronized (driver) {
        driver.requireAlive("cuEventSynchronize");
        if (capture != null) {
          throw refused("cuEventSynchronize", "CUDA_ERROR_CAPTURED_EVENT");
        }
        driver.waited(reached);
      }
    }

    @Override
    public float millisecondsSince(CudaDriver.Event earlier) {
      synchronized (driver) {
        return (time - ((Mark) earlier).time) / NANOSECONDS_A_MILLISECOND;
      }
    }
  }

  @Override
  public void record(CudaDriver.Event event) {
    Mark mark = (Mark) event;
    synchronized (driver) {
      driver.requireAlive("cuEventRecord");
      mark.capture = capture;
      if (capture == null) {
        clock = ordering.next(number, clock);
        mark.reached = clock;
        mark.time = System.nanoTime();
      }
    }
  }

  @Override
  public void await(CudaDriver.Event event) {
    Mark mark = (Mark) event;
    synchronized (driver) {
      driver.requireAlive("cuStreamWaitEvent");
      if (mark.capture != capture) {
        throw spoilt("cuStreamWaitEvent", "CUDA_ERROR_STREAM_CAPTURE_ISOLATION");
      }
      if (capture == null) {
        clock = Ordering.joined(clock, mark.reached);
      }
    }
  }

  @Override
  public void synchronize() {
    synchronized (driver) {
      driver.requireAlive("cuStreamSynchronize");
      if (capture != null) {
        throw spoilt("cuStreamSynchronize", "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
      }
      driver.waited(clock);
    }
  }

  // ---- graphs -------------------------------------------------------------------------------

  private static final class Graph implements CudaDriver.Graph {
    private final List<Work> work;
    private boolean closed;

    Graph(List<Work> work) {
      this.work = work;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Refuses a call of the thread that captures here, if there is one, and spoils the capture. */
  void refuseWhileCapturing(String call) {
    if (capture != null && capture.thread == Thread.currentThread()) {
      throw spoilt(call, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
    }
  }

  @Override
  public void beginCapture() {
    synchronized (driver) {
      driver.requireAlive("cuStreamBeginCapture");
      if (capture != null) {
        throw refused("cuStreamBeginCapture", "CUDA_ERROR_ILLEGAL_STATE");
      }
      capture = new Capture();
    }
  }

  @Override
  public CudaDriver.Graph endCapture() {
    synchronized (driver) {
      Capture ended = capture;
      if (ended == null) {
        throw refused("cuStreamEndCapture", "CUDA_ERROR_ILLEGAL_STATE");
      }
      if (ended.thread != Thread.currentThread()) {
        throw refused("cuStreamEndCapture", "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD");
      }
      capture = null;
      if (ended.invalid) {
        throw refused("cuStreamEndCapture", "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED");
      }
      return new Graph(List.copyOf(ended.work));
    }
  }

  @Override
  public void launch(CudaDriver.Graph graph) {
    Graph g = (Graph) graph;
    driver.countGraph();
    synchronized (driver) {
      if (g.closed) {
        throw refused("cuGraphLaunch", "CUDA_ERROR_INVALID_VALUE");
      }
      g.work.forEach(w -> put("cuGraphLaunch", w));
    }
  }
}
