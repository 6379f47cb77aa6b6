package org.adjoint.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.StringJoiner;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.DeviceException;

/**
 * cuBLAS through {@code java.lang.foreign}: the few functions that are called, whose names and
 * arguments are the same in versions 12 and 13. Thread-safe.
 */
final class ForeignBlas implements CudaBlas {
  private static final AddressLayout POINTER = ADDRESS;

  /** Of a version. */
  private static final int PARTS = 3;

  private final CudaDevice device;
  private final int compute;
  private final MethodHandle gemm;
  private final MethodHandle setStream;
  private final MethodHandle setWorkspace;
  private final MemorySegment handle;
  private final MemorySegment factors = Arena.ofAuto().allocate(2 * JAVA_FLOAT.byteSize(), 8);

  /** Held as long as cuBLAS may use it. */
  private final CudaStorage workspace;

  private final String description;

  /** The queue that the handle is set to; 0 is none of ours. */
  private long queue;

  /**
   * Loads the library and opens it on a GPU.
   *
   * @param library which
   * @param device of the GPU
   * @param precision of the factors
   * @throws DeviceException if it does not load, or refuses
   */
  ForeignBlas(CudaLibraries.Found library, CudaDevice device, Precision precision) {
    this.device = device;
    compute = CudaBlas.compute(precision);
    Linker linker = Linker.nativeLinker();
    SymbolLookup symbols = load(library);
    gemm =
        handle(
            linker,
            symbols,
            "cublasGemmStridedBatchedEx",
            FunctionDescriptor.of(
                JAVA_INT, POINTER, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, // sizes
                POINTER, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, // factor and b
                JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, // a
                POINTER, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, // factor and y
                JAVA_INT, JAVA_INT, JAVA_INT)); // batch and how
    MethodHandle create =
        handle(linker, symbols, "cublasCreate_v2", FunctionDescriptor.of(JAVA_INT, POINTER));
    setStream =
        handle(
            linker,
            symbols,
            "cublasSetStream_v2",
            FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_LONG));
    setWorkspace =
        handle(
            linker,
            symbols,
            "cublasSetWorkspace_v2",
            FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_LONG, JAVA_LONG));
    MethodHandle version =
        handle(
            linker,
            symbols,
            "cublasGetVersion_v2",
            FunctionDescriptor.of(JAVA_INT, POINTER, POINTER));
    device.driver().enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment place = arena.allocate(POINTER);
      CudaBlas.check("cublasCreate", (int) create.invokeExact(place));
      handle = place.get(POINTER, 0);
      workspace = CudaBlas.workspace(device);
      MemorySegment number = arena.allocate(JAVA_INT);
      CudaBlas.check("cublasGetVersion", (int) version.invokeExact(handle, number));
      description =
          "cuBLAS "
              + VendorLibraries.version(number.get(JAVA_INT, 0))
              + " by java.lang.foreign, "
              + library.path();
    } catch (Throwable e) {
      throw unexpected(e);
    }
    factors.setAtIndex(JAVA_FLOAT, 0, 1);
  }

  /** Loads the library and, first, the one beside it that it needs. */
  private static SymbolLookup load(CudaLibraries.Found library) {
    SharedLibraries.offer(library.beside("libcublasLt.so."));
    return SharedLibraries.load("cuBLAS", library.path(), OPTION);
  }

  /** Loads the library and returns its version, without a GPU. */
  static String ask(CudaLibraries.Found library) {
    MethodHandle property =
        handle(
            Linker.nativeLinker(),
            load(library),
            "cublasGetProperty",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, POINTER));
    StringJoiner version = new StringJoiner(".");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      for (int part = 0; part < PARTS; part++) {
        CudaBlas.check("cublasGetProperty", (int) property.invokeExact(part, number));
        version.add(Integer.toString(number.get(JAVA_INT, 0)));
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
    return version.toString();
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      Linker linker, SymbolLookup symbols, String name, FunctionDescriptor type) {
    return linker.downcallHandle(
        symbols
            .find(name)
            .orElseThrow(
                () ->
                    new DeviceException(
                        "cuda",
                        "cuBLAS",
                        "without " + name,
                        "install cuBLAS 12 or 13, or use " + OPTION)),
        type);
  }

  @Override
  public String describe() {
    return description;
  }

  /** Makes a queue the one that products go to. */
  private void enter(long now) throws Throwable {
    if (now != queue) {
      CudaBlas.check("cublasSetStream", (int) setStream.invokeExact(handle, now));
      // Setting a queue takes the workspace away.
      CudaBlas.check(
          "cublasSetWorkspace",
          (int) setWorkspace.invokeExact(handle, workspace.address(), WORKSPACE));
      queue = now;
    }
  }

  @Override
  public synchronized void multiply(Product p) {
    device.driver().enter();
    factors.setAtIndex(JAVA_FLOAT, 1, p.beta());
    try {
      enter(device.stream().handle());
      // Read by columns, as cuBLAS does, a row-major matrix is its transpose: yᵀ = op(b)ᵀ·op(a)ᵀ.
      CudaBlas.check(
          "cublasGemmStridedBatchedEx",
          (int)
              gemm.invokeExact(
                  handle,
                  p.transposeB() ? TRANSPOSED : AS_IT_IS,
                  p.transposeA() ? TRANSPOSED : AS_IT_IS,
                  p.n(),
                  p.m(),
                  p.k(),
                  factors,
                  p.b(),
                  FLOAT32,
                  p.leadingB(),
                  p.strideB(),
                  p.a(),
                  FLOAT32,
                  p.leadingA(),
                  p.strideA(),
                  factors.asSlice(JAVA_FLOAT.byteSize()),
                  p.y(),
                  FLOAT32,
                  p.n(),
                  p.strideY(),
                  p.batch(),
                  compute,
                  DEFAULT_ALGORITHM));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** What a downcall declares to throw, and only throws if it is ours. */
  private static RuntimeException unexpected(Throwable e) {
    return e instanceof RuntimeException r ? r : new IllegalStateException(e);
  }
}
