package org.adjoint.cuda;

import static org.adjoint.cuda.JcudaStatus.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaStream_t;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.tensor.DeviceException;

/**
 * A GPU through JCuda's driver interface. Every call's status is looked at, and what is not success
 * becomes a {@link DeviceException}. Initialising this class loads nothing; {@link #start} does.
 */
final class Cuda implements CudaDriver {
  /** The oldest driver: that of CUDA 11.4, the first with all that is called here. */
  private static final int OLDEST = 11040;

  private static final boolean DEBUG = Boolean.getBoolean("adjoint.debug");

  private static final int PORTABLE = 1;
  private static final int NON_BLOCKING = 1;

  /** A capture does not mind what other threads do meanwhile. */
  private static final int THREAD_LOCAL = 1;

  /** Whose context the thread is in. */
  private static final ThreadLocal<Cuda> CURRENT = new ThreadLocal<>();

  private final GpuInfo info;
  private final CUcontext context = new CUcontext();
  private final LaunchLog log = new LaunchLog();
  private final ThreadLocal<Extra> extras = ThreadLocal.withInitial(Extra::new);

  /**
   * Opens a GPU.
   *
   * @param number below what {@link #start} returned
   */
  Cuda(int number) {
    CUdevice device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, number));
    info = look(device);
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
  }

  /**
   * Loads the driver and returns how many GPUs there are.
   *
   * @throws DeviceException if there is no driver, or it is too old, or it finds no GPU
   */
  static int start() {
    try {
      Natives.load("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    } catch (LinkageError e) {
      String reason = Natives.reason(e);
      throw new DeviceException(
          "cuda",
          "the NVIDIA driver",
          "not usable (" + reason + ")",
          reason.startsWith("libcuda")
              ? "install the NVIDIA driver, or use --device cpu, or --device sim for its kernels"
              : "update the NVIDIA driver and the C library");
    }
    int[] number = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(number));
    requireDriver(number[0]);
    check("cuInit", JCudaDriver.cuInit(0));
    check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(number));
    return number[0];
  }

  /**
   * Refuses a driver that is too old.
   *
   * @param version of CUDA that it is for, as it says it: 11010 for 11.1
   */
  static void requireDriver(int version) {
    if (version < OLDEST) {
      throw new DeviceException(
          "cuda",
          "the NVIDIA driver",
          "for CUDA " + version / 1000 + "." + version % 1000 / 10,
          "update it to 470 or later, which is for CUDA 11.4");
    }
  }

  /** Returns what a GPU says of itself, without opening it. */
  static GpuInfo look(int number) {
    CUdevice device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, number));
    return look(device);
  }

  private static GpuInfo look(CUdevice device) {
    byte[] name = new byte[256];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    long[] bytes = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    int[] driver = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(driver));
    return new GpuInfo(
        new String(name, 0, length, StandardCharsets.UTF_8),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        bytes[0],
        driver[0]);
  }

  private static int attribute(CUdevice device, int which) {
    int[] value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, which, device));
    return value[0];
  }

  // ---- statuses -----------------------------------------------------------------------------

  /** Looks at the status of a call that may tell of an earlier launch. */
  private void done(String call, int status) {
    if (JcudaStatus.isSticky(status)) {
      throw log.lost(
          "cuda",
          call,
          JcudaStatus.described(status),
          "Start anew with -Dadjoint.debug=true to be told which, or with --device sim to be told"
              + " the line");
    }
    check(call, status);
  }

  private void use() {
    if (CURRENT.get() != this) {
      check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
      CURRENT.set(this);
    }
  }

  @Override
  public void enter() {
    use();
  }

  // ---- memory -------------------------------------------------------------------------------

  /** A place in the GPU's memory. */
  private static final class Address extends CUdeviceptr {
    private static final CUdeviceptr ORIGIN = new CUdeviceptr();

    Address(long address) {
      super(ORIGIN, address);
    }

    /** Where a pointer that JCuda has set points to. */
    static long of(CUdeviceptr pointer) {
      return new Address(pointer).getNativePointer();
    }

    private Address(CUdeviceptr pointer) {
      super(pointer);
    }
  }

  /** A place in the host's memory. */
  private static final class HostAddress extends Pointer {
    HostAddress(long address) {
      super(address);
    }
  }

  @Override
  public GpuInfo info() {
    return info;
  }

  @Override
  public long freeBytes() {
    use();
    long[] free = new long[1];
    done("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, new long[1]));
    return free[0];
  }

  @Override
  public long allocate(long bytes) {
    use();
    CUdeviceptr pointer = new CUdeviceptr();
    int status = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return 0;
    }
    done("cuMemAlloc", status);
    return Address.of(pointer);
  }

  @Override
  public void free(long address) {
    use();
    done("cuMemFree", JCudaDriver.cuMemFree(new Address(address)));
  }

  @Override
  public boolean isCareful() {
    return DEBUG;
  }

  @Override
  public MemorySegment pinned(long bytes) {
    use();
    Pointer pointer = new Pointer();
    done("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, PORTABLE));
    return MemorySegment.ofBuffer(pointer.getByteBuffer(0, bytes));
  }

  // ---- kernels ------------------------------------------------------------------------------

  private record JModule(Cuda driver, String name, CUmodule module) implements Module {
    @Override
    public Function function(String entry) {
      driver.use();
      CUfunction function = new CUfunction();
      int status = JCudaDriver.cuModuleGetFunction(function, module, entry);
      if (status == CUresult.CUDA_ERROR_NOT_FOUND) {
        throw new DeviceException(
            "cuda", "kernel", entry, "the module " + name + " has no entry of this name");
      }
      driver.done("cuModuleGetFunction", status);
      return new JcudaKernel(entry, function);
    }
  }

  @Override
  public Module load(PtxSource text) {
    use();
    CUmodule module = new CUmodule();
    done("cuModuleLoadData of " + text.name(), JCudaDriver.cuModuleLoadData(module, text.text()));
    return new JModule(this, text.name(), module);
  }

  /** What a launch is told instead of a pointer for each parameter: where the block of all is. */
  private static final class Extra {
    private static final long POINTER = 1;
    private static final long SIZE = 2;

    final MemorySegment words = Arena.ofAuto().allocate(6 * Long.BYTES, Long.BYTES);
    final Pointer pointer = new HostAddress(words.address());

    Extra() {
      words.setAtIndex(ValueLayout.JAVA_LONG, 0, POINTER);
      words.setAtIndex(ValueLayout.JAVA_LONG, 2, SIZE);
      words.setAtIndex(ValueLayout.JAVA_LONG, 3, words.address() + 5 * Long.BYTES);
      words.setAtIndex(ValueLayout.JAVA_LONG, 4, 0);
    }

    Pointer of(Parameters parameters) {
      words.setAtIndex(ValueLayout.JAVA_LONG, 1, parameters.address());
      words.setAtIndex(ValueLayout.JAVA_LONG, 5, parameters.size());
      return pointer;
    }
  }

  // ---- queues -------------------------------------------------------------------------------

  @Override
  public Stream stream() {
    use();
    Queue queue = new Queue();
    done("cuStreamCreate", JCudaDriver.cuStreamCreate(queue, NON_BLOCKING));
    return new JStream(queue);
  }

  /** A queue whose address can be read. */
  private static final class Queue extends CUstream {
    long address() {
      return getNativePointer();
    }
  }

  /** Returns a queue as JCuda's other libraries take it. */
  static cudaStream_t runtime(Stream queue) {
    return new cudaStream_t(((JStream) queue).stream);
  }

  private final class JStream implements Stream {
    final Queue stream;

    JStream(Queue stream) {
      this.stream = stream;
    }

    @Override
    public long handle() {
      return stream.address();
    }

    @Override
    public void copyIn(long to, MemorySegment from) {
      use();
      Pointer host = new HostAddress(from.address());
      done(
          "cuMemcpyHtoDAsync",
          JCudaDriver.cuMemcpyHtoDAsync(new Address(to), host, from.byteSize(), stream));
    }

    @Override
    public void copyOut(MemorySegment to, long from) {
      use();
      Pointer host = new HostAddress(to.address());
      done(
          "cuMemcpyDtoHAsync",
          JCudaDriver.cuMemcpyDtoHAsync(host, new Address(from), to.byteSize(), stream));
    }

    @Override
    public void copy(long to, long from, long bytes) {
      use();
      done(
          "cuMemcpyDtoDAsync",
          JCudaDriver.cuMemcpyDtoDAsync(new Address(to), new Address(from), bytes, stream));
    }

    @Override
    public void fill(long to, int word, long words) {
      use();
      done("cuMemsetD32Async", JCudaDriver.cuMemsetD32Async(new Address(to), word, words, stream));
    }

    @Override
    public void launch(Function kernel, Geometry g, Parameters parameters) {
      use();
      log.note(kernel.name(), g, parameters);
      JcudaKernel known = (JcudaKernel) kernel;
      done("cuFuncSetAttribute", known.allow(g.shared()));
      done(
          "cuLaunchKernel",
          JCudaDriver.cuLaunchKernel(
              known.function(),
              g.gridX(),
              g.gridY(),
              g.gridZ(),
              g.blockX(),
              g.blockY(),
              g.blockZ(),
              g.shared(),
              stream,
              null,
              extras.get().of(parameters)));
      if (DEBUG) {
        synchronize();
      }
    }

    @Override
    public void record(Event event) {
      use();
      done("cuEventRecord", JCudaDriver.cuEventRecord(((JEvent) event).event, stream));
    }

    @Override
    public void await(Event event) {
      use();
      done("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, ((JEvent) event).event, 0));
    }

    @Override
    public void synchronize() {
      use();
      done("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
    }

    @Override
    public void beginCapture() {
      use();
      done("cuStreamBeginCapture", JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
    }

    @Override
    public Graph endCapture() {
      use();
      CUgraph graph = new CUgraph();
      done("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
      try {
        CUgraphExec ready = new CUgraphExec();
        done("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(ready, graph, 0));
        return new JGraph(ready);
      } finally {
        JCudaDriver.cuGraphDestroy(graph);
      }
    }

    @Override
    public void launch(Graph graph) {
      use();
      done("cuGraphLaunch", JCudaDriver.cuGraphLaunch(((JGraph) graph).graph, stream));
    }
  }

  @Override
  public Event event() {
    use();
    CUevent event = new CUevent();
    done("cuEventCreate", JCudaDriver.cuEventCreate(event, 0));
    return new JEvent(event);
  }

  private final class JEvent implements Event {
    final CUevent event;

    JEvent(CUevent event) {
      this.event = event;
    }

    @Override
    public void synchronize() {
      use();
      done("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
    }

    @Override
    public float millisecondsSince(Event earlier) {
      use();
      float[] milliseconds = new float[1];
      done(
          "cuEventElapsedTime",
          JCudaDriver.cuEventElapsedTime(milliseconds, ((JEvent) earlier).event, event));
      return milliseconds[0];
    }
  }

  private final class JGraph implements Graph {
    final CUgraphExec graph;

    JGraph(CUgraphExec graph) {
      this.graph = graph;
    }

    @Override
    public void close() {
      use();
      done("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(graph));
    }
  }
}
