package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Inlet;
import org.adjoint.tensor.MemoryListener;
import org.adjoint.tensor.MemoryUse;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one GPU, and the one queue in which all that is done on it is done. Thread-safe.
 */
abstract class CudaDevice implements Device {
  /** Pieces of copies from and to the heap. */
  private static final long PIECE = 4 << 20;

  /** Pieces of what graphs read at each launch. */
  private static final long SMALL_PIECE = 64 << 10;

  /** Blocks a multiprocessor: enough to hide latencies. */
  private static final int BLOCKS = 32;

  private final String name;
  private final CudaDriver driver;
  private final CudaDriver.Stream stream;
  private final CudaPool pool;
  private final Staging staging;
  private final Staging values;
  private final Texts texts;
  private final ThreadLocal<Launch> launch;
  private @Nullable Staging copies;
  private CudaDriver.@Nullable Stream capturing;
  private volatile @Nullable MemoryListener listener;

  CudaDevice(String name, CudaDriver driver) {
    this.name = name;
    this.driver = driver;
    stream = driver.stream();
    pool = new CudaPool(driver);
    staging = new Staging(driver, stream, PIECE);
    values = new Staging(driver, stream, SMALL_PIECE);
    texts = new Texts(driver);
    launch = ThreadLocal.withInitial(() -> new Launch(stream));
  }

  @Override
  public final String name() {
    return name;
  }

  final CudaDriver driver() {
    return driver;
  }

  /**
   * Returns the queue that the calling thread's work goes into: the device's, or while the thread
   * captures a graph that of the capture. Other libraries must be told whenever it is another.
   */
  final CudaDriver.Stream stream() {
    return launch.get().stream();
  }

  /** Returns the queue that graphs are captured in, one at a time. */
  final synchronized CudaDriver.Stream captureStream() {
    CudaDriver.Stream known = capturing;
    if (known == null) {
      known = driver.stream();
      capturing = known;
    }
    return known;
  }

  /** Returns the way of the small numbers that graphs read. */
  final Staging values() {
    return values;
  }

  // ---- kernels ------------------------------------------------------------------------------

  /** Returns an entry of a hand-written text. */
  final CudaDriver.Function kernel(String file, String entry) {
    return texts.kernel(file, entry);
  }

  /** Returns what products and convolutions round their operands to. */
  Precision precision() {
    return Precision.FLOAT32;
  }

  /** Returns cuBLAS on this device, if it is used there. */
  Optional<CudaBlas> blas() {
    return Optional.empty();
  }

  /** Returns cuDNN on this device, if it is used there. */
  Optional<CudaDnn> dnn() {
    return Optional.empty();
  }

  /** Returns this thread's launch, without arguments. */
  final Launch launch() {
    return launch.get().clear();
  }

  /** Returns the most blocks that are worth launching when threads go on in steps of the grid. */
  final int blocks() {
    return BLOCKS * driver.info().processors();
  }

  // ---- memory -------------------------------------------------------------------------------

  @Override
  public final Storage allocate(DType dtype, int size, boolean temporary) {
    MemoryListener told = listener;
    if (told != null) {
      told.allocating(dtype, size, temporary);
    }
    long bytes = (long) size * dtype.bytes();
    CudaGraph graph = launch.get().graph();
    Lender lender = graph != null && temporary ? graph.lender() : pool;
    CudaPool.Block block = lender.take(bytes, temporary, size + " x " + dtype);
    return new CudaStorage(this, dtype, size, lender, block);
  }

  @Override
  public final void recycle(Storage storage) {
    ((CudaStorage) storage).giveBack();
  }

  @Override
  public final MemoryUse memory() {
    return pool.use();
  }

  final CudaPool pool() {
    return pool;
  }

  /** Returns the books of the device's memory. */
  final CudaPool.Books books() {
    return pool.books();
  }

  /** Returns the most bytes that tensors and blocks that wait for reuse may take. */
  final long limit() {
    return pool.limit();
  }

  /** Sets the limit; blocks that wait are freed when they stand in its way. */
  final void limit(long bytes) {
    pool.limit(bytes);
  }

  /** Frees the blocks that wait for reuse. */
  final void trim() {
    pool.trim();
  }

  /**
   * Sets who is told of every buffer from now on, on all threads.
   *
   * @return who was told before
   */
  final @Nullable MemoryListener listener(@Nullable MemoryListener value) {
    MemoryListener before = listener;
    listener = value;
    return before;
  }

  // ---- copies -------------------------------------------------------------------------------

  @Override
  public final void upload(Object array, int from, Storage target, int to, int count) {
    long address = address("upload", target, to, count);
    MemorySegment numbers = numbers("upload", array, from, target.dtype(), count);
    requireNoCapture("upload", count);
    staging.upload(numbers, address);
  }

  @Override
  public final void download(Storage source, int from, Object array, int to, int count) {
    if (count > 0 && Context.current().recorder() != null) {
      throw new ArgumentException(
          "download",
          "tensor",
          source.dtype() + " [" + source.size() + "]",
          "a step that is being recorded has no values yet: return the variable from the step and"
              + " read it after replay; what depends on a value in Java cannot be recorded");
    }
    long address = address("download", source, from, count);
    MemorySegment numbers = numbers("download", array, to, source.dtype(), count);
    requireNoCapture("download", count);
    staging.download(address, numbers);
  }

  /** Refuses to let values come and go by way of the host where work is only written down. */
  private void requireNoCapture(String op, int count) {
    if (count > 0 && launch.get().isCapturing()) {
      throw new DeviceException(
          op, "a call", "by way of the host", "it cannot be part of a graph of the device's work");
    }
  }

  @Override
  public final void copy(Storage source, int from, Storage target, int to, int count) {
    long a = address("copy", source, from, count);
    long b = address("copy", target, to, count);
    if (source.dtype() != target.dtype()) {
      throw new DTypeException("copy", "target", target.dtype(), "the source is " + source.dtype());
    }
    if (count > 0) {
      stream().copy(b, a, (long) count * source.dtype().bytes());
    }
  }

  /** Waits until all that was asked of this device is done. */
  public final void synchronize() {
    stream().synchronize();
  }

  @Override
  public final Inlet inlet() {
    return new CudaInlet(this);
  }

  /** Returns the way of uploads beside the work of this device. */
  final synchronized Staging copies() {
    Staging known = copies;
    if (known == null) {
      known = new Staging(driver, driver.stream(), PIECE);
      copies = known;
    }
    return known;
  }

  final long address(String op, Storage storage, int from, int count) {
    if (storage.device() != this || !(storage instanceof CudaStorage own)) {
      throw new DeviceException(
          op, "storage", "on " + storage.device().name(), "this is " + this + "; use Tensor.to");
    }
    if (from < 0 || count < 0 || (long) from + count > own.size()) {
      throw new ShapeException(
          op,
          "range",
          from + " to " + ((long) from + count),
          "the storage has " + own.size() + " elements");
    }
    return own.address() + (long) from * own.dtype().bytes();
  }

  static MemorySegment numbers(String op, Object array, int from, DType dtype, int count) {
    MemorySegment all =
        switch (array) {
          case float[] f when dtype == DType.F32 -> MemorySegment.ofArray(f);
          case double[] d when dtype == DType.F64 -> MemorySegment.ofArray(d);
          case int[] i when dtype == DType.I32 -> MemorySegment.ofArray(i);
          default ->
              throw new DTypeException(
                  op,
                  "array",
                  array.getClass().getSimpleName(),
                  "the storage is " + dtype + " and needs an array of that type");
        };
    long at = (long) from * dtype.bytes();
    long bytes = (long) count * dtype.bytes();
    if (from < 0 || at + bytes > all.byteSize()) {
      throw new ShapeException(
          op,
          "range",
          from + " to " + ((long) from + count),
          "the Java array must hold all elements and has " + all.byteSize() / dtype.bytes());
    }
    return all.asSlice(at, bytes);
  }

  /** Returns where the first element of a tensor lies. */
  static long address(Tensor t) {
    return ((CudaStorage) t.storage()).address() + (long) t.layout().offset() * t.dtype().bytes();
  }

  /** Returns {@code device NAME}. */
  @Override
  public String toString() {
    return "device " + name;
  }
}
