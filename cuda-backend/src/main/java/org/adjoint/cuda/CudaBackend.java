package org.adjoint.cuda;

import java.util.Optional;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/** A GPU, or the simulator of one, that computes. */
final class CudaBackend extends CudaDevice implements Backend {
  /** Set to {@code ptx}, cuBLAS is not used. */
  private static final String BLAS = "adjoint.cuda.blas";

  private final Kernels raw;
  private final Kernels kernels;
  private @Nullable CudaBlas blas;
  private boolean blasWanted;

  /**
   * Creates a device of its own; most want the shared ones of the providers.
   *
   * @param name by which users ask for it
   * @param driver of the GPU, for this device alone
   */
  CudaBackend(String name, CudaDriver driver) {
    super(name, driver);
    blasWanted = stream().handle() != 0 && !System.getProperty(BLAS, "").equals("ptx");
    raw = new CudaKernels(this);
    kernels = new CheckedKernels(this, raw);
  }

  private CudaBackend(CudaBackend like, UserKernel kernel) {
    super(like.name() + "+" + kernel.name(), like.driver());
    blasWanted = like.stream().handle() != 0 && !System.getProperty(BLAS, "").equals("ptx");
    // The user's kernel goes before those of this device, which launch into its own queue.
    raw = UserKernel.place(kernel, new CudaKernels(this));
    kernels = new CheckedKernels(this, raw);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public Backend with(UserKernel kernel) {
    return new CudaBackend(this, kernel);
  }

  @Override
  public Kernels unchecked() {
    return raw;
  }

  @Override
  public boolean computes(DType dtype) {
    return dtype != DType.F64;
  }

  @Override
  public boolean readsIndices() {
    return driver().isCareful();
  }

  @Override
  public String description() {
    return driver().info().describe() + blas().map(b -> ", " + b.describe()).orElse("");
  }

  /**
   * Looked for once, when it is first wanted. One that does not load is none: every product has a
   * kernel of ours.
   */
  @Override
  synchronized Optional<CudaBlas> blas() {
    if (!blasWanted) {
      return Optional.ofNullable(blas);
    }
    blasWanted = false;
    Optional<CudaLibraries.Found> library = CudaLibraries.ofThisMachine().cublas();
    if (library.isPresent()) {
      try {
        blas = new ForeignBlas(library.get(), driver(), stream());
      } catch (DeviceException e) {
        System.getLogger("org.adjoint.cuda").log(System.Logger.Level.WARNING, e.getMessage());
      }
    }
    return Optional.ofNullable(blas);
  }
}
