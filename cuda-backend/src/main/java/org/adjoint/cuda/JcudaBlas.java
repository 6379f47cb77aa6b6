package org.adjoint.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import org.adjoint.tensor.DeviceException;

/**
 * cuBLAS through JCuda's JCublas2, which is made for version 12. Thread-safe. Of its two forms of
 * the strided product, {@code …Ex_new} alone is in the native library.
 */
final class JcudaBlas implements CudaBlas {
  private static final int VERSION = 12;

  private static final List<String> CALLED =
      List.of(
          "cublasCreate_v2",
          "cublasSetStream_v2",
          "cublasSetWorkspace_v2",
          "cublasGetVersion_v2",
          "cublasGemmStridedBatchedEx");

  private final CudaDevice device;
  private final int compute;
  private final cublasHandle handle = new cublasHandle();
  private final MemorySegment factors = Arena.ofAuto().allocate(2 * Float.BYTES, 8);
  private final JcudaPointer one = new JcudaPointer(factors.address());
  private final JcudaPointer beta = new JcudaPointer(factors.address() + Float.BYTES);

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
   * @param options the precision, and whether to {@link Relink}
   * @throws DeviceException if it does not load, or refuses
   */
  JcudaBlas(CudaLibraries.Found library, CudaDevice device, CudaOptions options) {
    this.device = device;
    compute = CudaBlas.compute(options.precision());
    load(library, options.relink());
    device.driver().enter();
    CudaBlas.check("cublasCreate", JCublas2.cublasCreate(handle));
    workspace = CudaBlas.workspace(device);
    enter();
    int[] version = new int[1];
    CudaBlas.check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
    description =
        "cuBLAS " + VendorLibraries.version(version[0]) + " by JCublas2, " + library.path();
    factors.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
  }

  /**
   * Loads cuBLAS, and JCublas2 for it.
   *
   * @throws DeviceException if one does not load, or does not fit the other
   */
  static void load(CudaLibraries.Found library, boolean relink) {
    boolean other = library.version() != VERSION;
    if (other && !relink) {
      throw new DeviceException(
          "cuda",
          "JCublas2",
          "for cuBLAS " + VERSION + ", and this is " + library.version(),
          "leave -Dadjoint.cuda.blas out, or add -Dadjoint.cuda.relink=true");
    }
    SharedLibraries.offer(library.beside("libcublasLt.so."));
    SharedLibraries.require(
        "cuBLAS",
        SharedLibraries.load("cuBLAS", library.path(), OPTION),
        CALLED,
        "cuBLAS 12",
        OPTION);
    JcudaLibraries.load(
        "JCublas2",
        other ? List.of(relinked()) : List.of(),
        "-Dadjoint.cuda.blas=foreign or " + OPTION,
        () -> JCublas2.setExceptionsEnabled(false));
  }

  private static byte[] relinked() {
    try {
      return Relink.forCuda13(Natives.resource(Relink.LIBRARY));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the GPU and the queue of this thread those that products go to. */
  private void enter() {
    device.driver().enter();
    CudaDriver.Stream now = device.stream();
    if (now.handle() != queue) {
      CudaBlas.check("cublasSetStream", JCublas2.cublasSetStream(handle, Cuda.runtime(now)));
      // Setting a queue takes the workspace away.
      CudaBlas.check(
          "cublasSetWorkspace",
          JCublas2.cublasSetWorkspace(handle, new JcudaPointer(workspace.address()), WORKSPACE));
      queue = now.handle();
    }
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public synchronized void multiply(Product p) {
    enter();
    factors.setAtIndex(ValueLayout.JAVA_FLOAT, 1, p.beta());
    // Read by columns, as cuBLAS does, a row-major matrix is its transpose: yᵀ = op(b)ᵀ·op(a)ᵀ.
    CudaBlas.check(
        "cublasGemmStridedBatchedEx",
        JCublas2.cublasGemmStridedBatchedEx_new(
            handle,
            p.transposeB() ? TRANSPOSED : AS_IT_IS,
            p.transposeA() ? TRANSPOSED : AS_IT_IS,
            p.n(),
            p.m(),
            p.k(),
            one,
            new JcudaPointer(p.b()),
            FLOAT32,
            p.leadingB(),
            p.strideB(),
            new JcudaPointer(p.a()),
            FLOAT32,
            p.leadingA(),
            p.strideA(),
            beta,
            new JcudaPointer(p.y()),
            FLOAT32,
            p.n(),
            p.strideY(),
            p.batch(),
            compute,
            DEFAULT_ALGORITHM));
  }
}
