package org.adjoint.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.PtxModule;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.kernels.ptx.Simulator;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * A GPU that is simulated: the kernels run instruction by instruction on the CPU, and every access
 * is checked. What is queued is done at once, so there is nothing to wait for. Thread-safe, but for
 * a queue while it captures.
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
  private final AtomicLong used = new AtomicLong();

  /** The sizes of allocations; the simulator knows only their sum. */
  private final ConcurrentHashMap<Long, Long> sizes = new ConcurrentHashMap<>();

  /** Creates a GPU of the capability that the JVM's properties ask for. */
  SimulatedDriver() {
    this(self());
  }

  /** Creates a GPU that says this of itself. */
  SimulatedDriver(GpuInfo info) {
    this.info = info;
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
    simulator.free(address);
    Long bytes = sizes.remove(address);
    used.addAndGet(bytes == null ? 0 : -bytes);
  }

  @Override
  public boolean isCareful() {
    return true;
  }

  @Override
  public MemorySegment pinned(long bytes) {
    return Arena.ofAuto().allocate(bytes, Long.BYTES);
  }

  private record SimulatedModule(PtxModule module) implements Module {
    @Override
    public Function function(String entry) {
      module.entry(entry);
      return new SimulatedFunction(module, entry);
    }
  }

  private record SimulatedFunction(PtxModule module, String name) implements Function {}

  @Override
  public Module load(PtxSource text) {
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
  public Stream stream() {
    return new Queue();
  }

  /** Does at once what it is given, or writes it down while it captures. */
  private final class Queue implements Stream {
    private @Nullable List<Runnable> captured;

    private void put(Runnable work) {
      if (captured == null) {
        work.run();
      } else {
        captured.add(work);
      }
    }

    @Override
    public long handle() {
      return 0;
    }

    @Override
    public void copyIn(long to, MemorySegment from) {
      put(() -> simulator.copyIn(to, from));
    }

    @Override
    public void copyOut(MemorySegment to, long from) {
      put(() -> simulator.copyOut(from, to));
    }

    @Override
    public void copy(long to, long from, long bytes) {
      put(() -> simulator.copy(to, from, bytes));
    }

    @Override
    public void fill(long to, int word, long words) {
      put(() -> simulator.fillWords(to, words, word));
    }

    @Override
    public void launch(Function kernel, Geometry g, Parameters parameters) {
      SimulatedFunction f = (SimulatedFunction) kernel;
      byte[] packed = parameters.block().toArray(ValueLayout.JAVA_BYTE);
      Dim3 grid = new Dim3(g.gridX(), g.gridY(), g.gridZ());
      Dim3 block = new Dim3(g.blockX(), g.blockY(), g.blockZ());
      put(() -> simulator.launch(f.module(), f.name(), grid, block, g.shared(), packed));
    }

    @Override
    public void record(Event event) {
      put(((Mark) event)::set);
    }

    @Override
    public void await(Event event) {
      // What was queued anywhere is done.
    }

    @Override
    public void synchronize() {
      // What was queued is done.
    }

    @Override
    public void beginCapture() {
      captured = new ArrayList<>();
    }

    @Override
    public Graph endCapture() {
      List<Runnable> work = captured == null ? List.of() : List.copyOf(captured);
      captured = null;
      return new SimulatedGraph(work);
    }

    @Override
    public void launch(Graph graph) {
      ((SimulatedGraph) graph).work().forEach(this::put);
    }
  }

  private record SimulatedGraph(List<Runnable> work) implements Graph {
    @Override
    public void close() {
      // The garbage collector's business.
    }
  }

  @Override
  public Event event() {
    return new Mark();
  }

  private static final class Mark implements Event {
    private static final float NANOSECONDS_A_MILLISECOND = 1e6f;

    private volatile long time;

    void set() {
      time = System.nanoTime();
    }

    @Override
    public void synchronize() {
      // What was queued is done.
    }

    @Override
    public float millisecondsSince(Event earlier) {
      return (time - ((Mark) earlier).time) / NANOSECONDS_A_MILLISECOND;
    }
  }
}
