package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.kernels.ptx.PtxFault;
import org.adjoint.kernels.ptx.PtxModule;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.kernels.ptx.Simulator;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * A GPU that is simulated: the kernels run instruction by instruction on the CPU, and every access
 * is checked, also against what other queues do. What is queued is done at once. It refuses what a
 * real driver refuses: calls that wait or take memory while a graph is captured, and all calls
 * after a kernel has failed. Thread-safe.
 */
final class SimulatedDriver implements CudaDriver {
  private static final long BYTES = 4L << 30;

  /** The longest array that the simulator has for an allocation. */
  private static final long LONGEST = Integer.MAX_VALUE - 16L;

  /** The compute capability that it says it has, such as {@code 8.0}; 9.0 unless said otherwise. */
  private static final String CAPABILITY = "adjoint.sim.capability";

  private static final Pattern TARGET = Pattern.compile("sm_(\\d+)(a?)");

  private final GpuInfo info;
  private final Simulator simulator = new Simulator();
  private final Ordering ordering = new Ordering();
  private final PinnedCopies pinned = new PinnedCopies();
  private final LaunchLog log = new LaunchLog();
  private final List<SimulatedQueue> queues = new ArrayList<>();
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong launches = new AtomicLong();
  private final AtomicLong graphs = new AtomicLong();
  private final boolean careful;

  /** The sizes of allocations by their addresses; the simulator knows only their sum. */
  private final ConcurrentSkipListMap<Long, Long> sizes = new ConcurrentSkipListMap<>();

  /** The fault of the kernel that failed. */
  private @Nullable PtxFault lost;

  /** Creates a GPU of the capability that the JVM's properties ask for. */
  SimulatedDriver() {
    this(self());
  }

  /** Creates a GPU that says this of itself. */
  SimulatedDriver(GpuInfo info) {
    this(info, true);
  }

  /**
   * Creates a GPU.
   *
   * @param info what it says of itself
   * @param careful what {@link #isCareful} says; accesses are checked in any case
   */
  SimulatedDriver(GpuInfo info, boolean careful) {
    this.info = info;
    this.careful = careful;
  }

  /**
   * Returns what a simulated GPU says of itself: two processors, so that a launch has few blocks.
   *
   * @param capability its compute capability: 90 for 9.0
   */
  static GpuInfo ofCapability(int capability) {
    return new GpuInfo("PTX simulator", capability / 10, capability % 10, 2, BYTES, 13000);
  }

  /** Returns what the simulated GPU of this JVM says of itself. */
  static GpuInfo self() {
    return ofCapability(System.getProperty(CAPABILITY, "9.0"));
  }

  /**
   * As {@link #ofCapability(int)}, of a text such as {@code 8.0}.
   *
   * @throws ArgumentException if it is no capability
   */
  static GpuInfo ofCapability(String capability) {
    if (!capability.matches("\\d{1,2}\\.\\d")) {
      throw new ArgumentException(
          "sim", "-D" + CAPABILITY, capability, "write a compute capability, such as 8.0");
    }
    return ofCapability(Integer.parseInt(capability.replace(".", "")));
  }

  @Override
  public GpuInfo info() {
    return info;
  }

  @Override
  public long freeBytes() {
    return BYTES - used.get();
  }

  @Override
  public long allocate(long bytes) {
    requireOutsideCapture("cuMemAlloc");
    if (bytes > LONGEST || used.addAndGet(bytes) > BYTES) {
      used.addAndGet(bytes > LONGEST ? 0 : -bytes);
      return 0;
    }
    long address = simulator.allocate(bytes);
    sizes.put(address, bytes);
    return address;
  }

  @Override
  public void free(long address) {
    requireOutsideCapture("cuMemFree");
    simulator.free(address);
    ordering.forget(address);
    Long bytes = sizes.remove(address);
    used.addAndGet(bytes == null ? 0 : -bytes);
  }

  /** Returns where the allocation begins that an address lies in, or the address itself. */
  long base(long address) {
    Long base = sizes.floorKey(address);
    return base == null ? address : base;
  }

  @Override
  public boolean isCareful() {
    return careful;
  }

  @Override
  public synchronized MemorySegment pinned(long bytes) {
    requireOutsideCapture("cuMemHostAlloc");
    return pinned.allocate(bytes);
  }

  PinnedCopies pinned() {
    return pinned;
  }

  private record SimulatedModule(PtxModule module) implements Module {
    @Override
    public Function function(String entry) {
      module.entry(entry);
      return new SimulatedQueue.Function(module, entry);
    }
  }

  @Override
  public Module load(PtxSource text) {
    requireOutsideCapture("cuModuleLoadData");
    PtxModule module = PtxModule.parse(text);
    Matcher target = TARGET.matcher(module.target());
    if (target.matches()) {
      int needed = Integer.parseInt(target.group(1));
      boolean runs =
          target.group(2).isEmpty() ? info.capability() >= needed : info.capability() == needed;
      if (!runs) {
        throw new DeviceException(
            "cuda",
            "module",
            text.name() + " for " + module.target(),
            "this GPU has compute capability " + info.major() + "." + info.minor());
      }
    }
    return new SimulatedModule(module);
  }

  @Override
  public void enter() {
    // No other library knows a simulated GPU.
  }

  @Override
  public synchronized Stream stream() {
    SimulatedQueue queue = new SimulatedQueue(this, simulator, ordering);
    queues.add(queue);
    return queue;
  }

  @Override
  public Event event() {
    return new SimulatedQueue.Mark(this);
  }

  /** Notes that the host has waited for all that a clock holds. */
  void waited(long[] clock) {
    pinned.arrived(ordering.waited(clock));
  }

  // ---- mistakes -----------------------------------------------------------------------------

  private synchronized void requireOutsideCapture(String call) {
    for (SimulatedQueue queue : queues) {
      queue.refuseWhileCapturing(call);
    }
  }

  /** Runs a kernel; if it fails, this GPU is lost, as a real one is. */
  void watched(String kernel, Geometry geometry, Parameters parameters, Runnable run) {
    log.note(kernel, geometry, parameters);
    try {
      run.run();
    } catch (PtxFault e) {
      // Wrong arguments are refused before anything runs.
      lost = e.kind() == PtxFault.Kind.LAUNCH ? lost : e;
      throw e;
    }
  }

  /** Refuses every call after a kernel has failed. */
  void requireAlive(String call) {
    if (lost != null) {
      DeviceException e =
          log.lost(
              "sim",
              call,
              "CUDA_ERROR_LAUNCH_FAILED (" + lost.getMessage() + ")",
              "Mend the kernel and start anew");
      e.initCause(lost);
      throw e;
    }
  }

  // ---- counts -------------------------------------------------------------------------------

  void countLaunch() {
    launches.incrementAndGet();
  }

  void countGraph() {
    graphs.incrementAndGet();
  }

  /** Returns how many kernels were launched or captured one by one. */
  long launches() {
    return launches.get();
  }

  /** Returns how many graphs were launched. */
  long graphLaunches() {
    return graphs.get();
  }
}
