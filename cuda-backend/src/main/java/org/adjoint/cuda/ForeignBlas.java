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
import java.nio.file.Path;
import org.adjoint.tensor.DeviceException;

/**
 * cuBLAS through {@code java.lang.foreign}: the few functions that are called, whose names and
 * arguments are the same in versions 12 and 13. Thread-safe.
 */
final class ForeignBlas implements CudaBlas {
  private static final int SUCCESS = 0;
  private static final int NOT_INITIALIZED = 1;
  private static final int AS_IT_IS = 0;
  private static final int TRANSPOSED = 1;
  private static final int FLOAT32 = 0;

  /** CUBLAS_COMPUTE_32F: float32 throughout, without tensor cores. */
  private static final int COMPUTE_FLOAT32 = 68;

  private static final int DEFAULT_ALGORITHM = -1;
  private static final AddressLayout POINTER = ADDRESS;

  private final CudaDriver driver;
  private final MethodHandle gemm;
  private final MemorySegment handle;
  private final MemorySegment factors = Arena.ofAuto().allocate(2 * JAVA_FLOAT.byteSize(), 8);
  private final String description;

  /**
   * Loads the library and opens it on a GPU.
   *
   * @param library which
   * @param driver of the GPU
   * @param stream the queue that products go into
   * @throws DeviceException if it does not load, or refuses
   */
  ForeignBlas(CudaLibraries.Found library, CudaDriver driver, CudaDriver.Stream stream) {
    this.driver = driver;
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
    MethodHandle setStream =
        handle(
            linker,
            symbols,
            "cublasSetStream_v2",
            FunctionDescriptor.of(JAVA_INT, POINTER, JAVA_LONG));
    MethodHandle version =
        handle(
            linker,
            symbols,
            "cublasGetVersion_v2",
            FunctionDescriptor.of(JAVA_INT, POINTER, POINTER));
    driver.enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment place = arena.allocate(POINTER);
      check("cublasCreate", (int) create.invokeExact(place));
      handle = place.get(POINTER, 0);
      check("cublasSetStream", (int) setStream.invokeExact(handle, stream.handle()));
      MemorySegment number = arena.allocate(JAVA_INT);
      check("cublasGetVersion", (int) version.invokeExact(handle, number));
      description = "cuBLAS " + number.get(JAVA_INT, 0) + ", " + library.path();
    } catch (Throwable e) {
      throw unexpected(e);
    }
    factors.setAtIndex(JAVA_FLOAT, 0, 1);
  }

  /** Loads the library and, first, the one beside it that it needs. */
  @SuppressWarnings("restricted") // calling a foreign library is what this class is for
  private static SymbolLookup load(CudaLibraries.Found library) {
    Path needed = library.path().resolveSibling("libcublasLt.so." + library.version());
    try {
      if (needed.toFile().exists()) {
        SymbolLookup.libraryLookup(needed, Arena.global());
      }
      return SymbolLookup.libraryLookup(library.path(), Arena.global());
    } catch (IllegalArgumentException e) {
      DeviceException d =
          new DeviceException(
              "cuda",
              "cuBLAS",
              library.path() + ", which does not load",
              "look what ldd says of it, or use -Dadjoint.cuda.blas=ptx");
      d.initCause(e);
      throw d;
    }
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
                        "install cuBLAS 12 or 13, or use -Dadjoint.cuda.blas=ptx")),
        type);
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public synchronized void multiply(Product p) {
    driver.enter();
    factors.setAtIndex(JAVA_FLOAT, 1, p.beta());
    try {
      // Read by columns, as cuBLAS does, a row-major matrix is its transpose: yᵀ = op(b)ᵀ·op(a)ᵀ.
      check(
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
                  (long) p.m() * p.n(),
                  p.batch(),
                  COMPUTE_FLOAT32,
                  DEFAULT_ALGORITHM));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void check(String call, int status) {
    if (status != SUCCESS) {
      throw new DeviceException(
          "cuda",
          call,
          "status " + status + (status == NOT_INITIALIZED ? " (not initialized)" : ""),
          "the GPU may be out of memory, or too old for this cuBLAS; -Dadjoint.cuda.blas=ptx does"
              + " without it");
    }
  }

  /** What a downcall declares to throw, and only throws if it is ours. */
  private static RuntimeException unexpected(Throwable e) {
    return e instanceof RuntimeException r ? r : new IllegalStateException(e);
  }
}
