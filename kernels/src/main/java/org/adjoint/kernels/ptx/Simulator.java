package org.adjoint.kernels.ptx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.adjoint.kernels.ptx.Program.SymbolSlot;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.tensor.AdjointException;
import org.jspecify.annotations.Nullable;

/**
 * A device that runs PTX on the CPU: global memory and launches. Each launch ends before {@link
 * #launch} returns. Arithmetic is IEEE 754 as on a GPU (the bits of a NaN excepted); approximate
 * instructions lie within their documented bounds. Mistakes of a kernel are thrown as {@link
 * PtxFault}.
 *
 * <p>Blocks run on several cores, in any order. A kernel whose result depends on the order, because
 * it adds floats atomically or uses the result of an atomic operation, runs its blocks one by one.
 * Within a warp, lanes that part at a branch meet again at its post-dominator, so a lane must not
 * wait for another lane of its warp in a loop. All methods may be called by any thread; launches
 * run one at a time.
 */
public final class Simulator implements AutoCloseable {
  /** Eight GiB: what allocate gives out in all unless said otherwise. */
  private static final long CAPACITY = 8L << 30;

  /** What a block may have on the largest GPU of today (H200), in bytes. */
  private static final int SHARED_LIMIT = 227 << 10;

  private static final long SERIALS = 1L << 24;

  private final Checks checks;
  private final int threads;
  private final DeviceMemory memory;
  private final @Nullable ExecutorService workers;
  private final Map<PtxModule, Map<PtxVariable, Region>> variables = new WeakHashMap<>();
  private @Nullable PtxListener listener;
  private long limit = 200_000_000;
  private long serial = 1;
  private long instructions;

  /** Creates a device with all checks and a thread for each core. */
  public Simulator() {
    this(Checks.FULL, Runtime.getRuntime().availableProcessors(), CAPACITY);
  }

  /**
   * Creates a device.
   *
   * @param checks what is checked
   * @param threads on how many threads blocks run
   * @param capacity the bytes of global memory
   */
  public Simulator(Checks checks, int threads, long capacity) {
    this.checks = checks;
    this.threads = Math.max(1, threads);
    this.memory = new DeviceMemory(capacity, checks.initialised());
    this.workers =
        this.threads == 1
            ? null
            : Executors.newFixedThreadPool(
                this.threads - 1, Thread.ofPlatform().daemon().name("ptx-", 0).factory());
  }

  /** Returns what is checked. */
  public Checks checks() {
    return checks;
  }

  // ---- Memory.

  /**
   * Allocates global memory, which counts as uninitialised.
   *
   * @param bytes the size, 1 to 2 GiB
   * @return the address, a multiple of 256
   * @throws AdjointException if the size is out of range or the device is full
   */
  public long allocate(long bytes) {
    return memory.allocate(bytes, false).base;
  }

  /**
   * Frees an allocation.
   *
   * @param address what {@link #allocate} returned
   * @throws AdjointException if it is not the address of a live allocation
   */
  public void free(long address) {
    memory.free(address);
  }

  /** Returns the bytes allocated and not freed, variables of modules included. */
  public long bytesLive() {
    return memory.live();
  }

  /** Returns the number of allocations not freed, variables of modules included. */
  public int allocationsLive() {
    return memory.count();
  }

  /**
   * Lets a range count as uninitialised again, as after a fresh allocation: for pools.
   *
   * @param address the start
   * @param bytes the size
   */
  public void forget(long address, long bytes) {
    Region region = region("forget", address, bytes);
    region.markWritten((int) (address - region.base), (int) bytes, false);
  }

  /**
   * Copies into the device.
   *
   * @param address where to
   * @param source what
   */
  public void copyIn(long address, MemorySegment source) {
    Region region = region("copyIn", address, source.byteSize());
    int offset = (int) (address - region.base);
    MemorySegment.copy(source, 0, MemorySegment.ofArray(region.bytes), offset, source.byteSize());
    region.markWritten(offset, (int) source.byteSize(), true);
  }

  /** As {@link #copyIn(long, MemorySegment)}, of an array. */
  public void copyIn(long address, byte[] source) {
    copyIn(address, MemorySegment.ofArray(source));
  }

  /** As {@link #copyIn(long, MemorySegment)}, of an array. */
  public void copyIn(long address, int[] source) {
    copyIn(address, MemorySegment.ofArray(source));
  }

  /** As {@link #copyIn(long, MemorySegment)}, of an array. */
  public void copyIn(long address, float[] source) {
    copyIn(address, MemorySegment.ofArray(source));
  }

  /**
   * Copies out of the device; what was never written is zero.
   *
   * @param address where from
   * @param target where to; its size says how much
   */
  public void copyOut(long address, MemorySegment target) {
    Region region = region("copyOut", address, target.byteSize());
    MemorySegment.copy(
        MemorySegment.ofArray(region.bytes), address - region.base, target, 0, target.byteSize());
  }

  /** As {@link #copyOut(long, MemorySegment)}, into an array. */
  public void copyOut(long address, byte[] target) {
    copyOut(address, MemorySegment.ofArray(target));
  }

  /** As {@link #copyOut(long, MemorySegment)}, into an array. */
  public void copyOut(long address, int[] target) {
    copyOut(address, MemorySegment.ofArray(target));
  }

  /** As {@link #copyOut(long, MemorySegment)}, into an array. */
  public void copyOut(long address, float[] target) {
    copyOut(address, MemorySegment.ofArray(target));
  }

  /**
   * Copies within the device; what was uninitialised stays so.
   *
   * @param to where to
   * @param from where from
   * @param bytes how much
   */
  public void copy(long to, long from, long bytes) {
    Region source = region("copy", from, bytes);
    Region target = region("copy", to, bytes);
    int at = (int) (from - source.base);
    int place = (int) (to - target.base);
    System.arraycopy(source.bytes, at, target.bytes, place, (int) bytes);
    if (source.written != null && target.written != null) {
      System.arraycopy(source.written, at, target.written, place, (int) bytes);
    }
  }

  /**
   * Fills with one byte.
   *
   * @param address where
   * @param bytes how much
   * @param value the byte
   */
  public void fill(long address, long bytes, int value) {
    Region region = region("fill", address, bytes);
    int offset = (int) (address - region.base);
    Arrays.fill(region.bytes, offset, offset + (int) bytes, (byte) value);
    region.markWritten(offset, (int) bytes, true);
  }

  /**
   * Fills with words of 32 bits.
   *
   * @param address where
   * @param words how many
   * @param value the word
   */
  public void fillWords(long address, long words, int value) {
    Region region = region("fillWords", address, 4 * words);
    MemorySegment.ofArray(region.bytes)
        .asSlice(address - region.base, 4 * words)
        .elements(ValueLayout.JAVA_INT_UNALIGNED)
        .forEach(word -> word.set(ValueLayout.JAVA_INT_UNALIGNED, 0, value));
    region.markWritten((int) (address - region.base), (int) (4 * words), true);
  }

  private Region region(String op, long address, long bytes) {
    Region region = memory.find(address);
    if (region == null || address - region.base + bytes > region.size || bytes < 0) {
      throw new AdjointException(
          "simulator." + op,
          "the range",
          bytes + " bytes at 0x" + Long.toHexString(address),
          memory.freedAt(address)
              ? "this allocation was freed"
              : "it does not lie within one allocation");
    }
    return region;
  }

  /**
   * Returns the address of a module's variable; it is allocated at first use.
   *
   * @param module the module
   * @param name the variable
   * @throws PtxException if the module has no such variable
   */
  public synchronized long symbol(PtxModule module, String name) {
    for (PtxVariable variable : module.variables()) {
      if (variable.name().equals(name) && !variable.space().equals("shared")) {
        return variable(module, variable);
      }
    }
    throw new PtxException(
        module.source().origin(1), "the variable", name, "this module has no such variable");
  }

  private long variable(PtxModule module, PtxVariable variable) {
    return variables
        .computeIfAbsent(module, m -> new HashMap<>())
        .computeIfAbsent(
            variable,
            v -> {
              Region region = memory.allocate(v.bytes(), v.space().equals("const"));
              System.arraycopy(v.initial(), 0, region.bytes, 0, v.initial().length);
              region.markWritten(0, region.size, true); // PTX: zero unless given.
              return region;
            })
        .base;
  }

  // ---- Launches.

  /** Sets who watches the launches from now on; null for nobody. */
  public synchronized void listener(@Nullable PtxListener watcher) {
    listener = watcher;
  }

  /** Sets the most instructions that a warp may run before it counts as endless. */
  public synchronized void instructionLimit(long instructionsOfWarp) {
    limit = instructionsOfWarp;
  }

  /** Returns how many warp instructions all launches have run. */
  public synchronized long instructions() {
    return instructions;
  }

  /**
   * Runs a kernel to its end.
   *
   * @param module the module
   * @param name the kernel
   * @param grid the blocks
   * @param block the threads of a block, 1024 at most
   * @param dynamicShared the bytes of dynamic shared memory
   * @param parameters the arguments, each at its natural alignment, little-endian
   * @throws PtxFault if geometry or arguments do not fit the kernel, or the kernel has a mistake
   */
  public void launch(
      PtxModule module, String name, Dim3 grid, Dim3 block, int dynamicShared, byte[] parameters) {
    launch(module, name, grid, block, dynamicShared, parameters, null);
  }

  /**
   * As {@link #launch(PtxModule, String, Dim3, Dim3, int, byte[])}.
   *
   * @param guard is asked about each allocation before the kernel reads or writes it; null for
   *     nobody
   */
  public synchronized void launch(
      PtxModule module,
      String name,
      Dim3 grid,
      Dim3 block,
      int dynamicShared,
      byte[] parameters,
      @Nullable AccessGuard guard) {
    PtxEntry entry = module.entry(name);
    check(entry, grid, block, dynamicShared, parameters);
    if (serial + grid.count() >= SERIALS) {
      memory.forgetRaces();
      serial = 1;
    }
    List<SymbolSlot> symbols = entry.program().symbols();
    long[] addresses = new long[symbols.size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = variable(module, symbols.get(i).variable());
    }
    int blocks = (int) grid.count();
    boolean parallel =
        workers != null && blocks > 1 && !entry.program().ordered() && listener == null;
    Region packed = new Region("param", 0, parameters.clone(), true, false);
    Launch launch =
        new Launch(
            entry,
            grid,
            block,
            dynamicShared,
            packed,
            memory,
            addresses,
            checks,
            listener,
            serial,
            parallel,
            limit,
            guard);
    serial += blocks;
    if (parallel) {
      runParallel(launch, blocks);
    } else {
      Block machine = new Block(launch);
      for (int i = 0; i < blocks; i++) {
        machine.run(i);
        instructions += machine.executed();
      }
    }
  }

  private void check(PtxEntry entry, Dim3 grid, Dim3 block, int dynamicShared, byte[] parameters) {
    if (grid.x() < 1 || grid.y() < 1 || grid.z() < 1 || grid.y() > 65535 || grid.z() > 65535) {
      throw refuse(entry, "the grid " + grid, "each extent is at least 1; y and z at most 65535");
    }
    if (grid.count() >= SERIALS) {
      throw refuse(entry, "the grid " + grid, "the simulator runs at most 2^24 - 1 blocks");
    }
    if (block.x() < 1 || block.y() < 1 || block.z() < 1 || block.count() > entry.maxThreads()) {
      throw refuse(entry, "the block " + block, "1 to " + entry.maxThreads() + " threads");
    }
    int shared = entry.sharedBytes() + dynamicShared;
    if (dynamicShared < 0 || shared > SHARED_LIMIT) {
      throw refuse(entry, shared + " bytes of shared memory", "at most " + SHARED_LIMIT);
    }
    if (parameters.length != entry.parameterBytes()) {
      throw refuse(
          entry,
          parameters.length + " bytes of arguments",
          "the kernel takes " + entry.parameterBytes() + ": " + entry.parameters());
    }
  }

  private static PtxFault refuse(PtxEntry entry, String value, String remedy) {
    return new PtxFault(
        Kind.LAUNCH, entry.line(), entry.name(), new Dim3(0, 0, 0), null, 0, value, remedy);
  }

  /** Runs blocks on all threads; of several faults, that of the first block is thrown. */
  private void runParallel(Launch launch, int blocks) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger end = new AtomicInteger(blocks);
    Worker[] team = new Worker[Math.min(threads, blocks)];
    Arrays.setAll(team, i -> new Worker(launch, next, end));
    List<Future<?>> futures = new ArrayList<>();
    for (int i = 1; i < team.length; i++) {
      if (workers != null) {
        futures.add(workers.submit(team[i]));
      }
    }
    team[0].run();
    @Nullable Worker failed = null;
    for (int i = 0; i < team.length; i++) {
      if (i > 0) {
        await(futures.get(i - 1));
      }
      instructions += team[i].executed;
      if (team[i].fault != null && (failed == null || team[i].failedAt < failed.failedAt)) {
        failed = team[i];
      }
    }
    if (failed != null && failed.fault != null) {
      throw failed.fault;
    }
  }

  private static void await(Future<?> future) {
    boolean interrupted = false;
    while (true) {
      try {
        future.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // The blocks end by themselves; their memory must not be in use.
      } catch (ExecutionException e) {
        throw new IllegalStateException("a worker of the simulator failed", e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes blocks in turn until none is left, or one before has a fault. */
  private static final class Worker implements Runnable {
    private final Launch launch;
    private final AtomicInteger next;
    private final AtomicInteger end;
    private long executed;
    private int failedAt = Integer.MAX_VALUE;
    private @Nullable PtxFault fault;

    Worker(Launch launch, AtomicInteger next, AtomicInteger end) {
      this.launch = launch;
      this.next = next;
      this.end = end;
    }

    @Override
    public void run() {
      Block machine = new Block(launch);
      while (true) {
        int number = next.getAndIncrement();
        if (number >= end.get()) {
          return;
        }
        try {
          machine.run(number);
          executed += machine.executed();
        } catch (PtxFault e) {
          fault = e;
          failedAt = number;
          end.accumulateAndGet(number, Math::min);
          return;
        }
      }
    }
  }

  /** Ends the threads of the device. */
  @Override
  public void close() {
    if (workers != null) {
      workers.shutdown();
    }
  }
}
