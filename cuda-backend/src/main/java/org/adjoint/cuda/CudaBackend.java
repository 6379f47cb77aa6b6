package org.adjoint.cuda;

import java.util.Optional;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/** A GPU, or the simulator of one, that computes. */
final class CudaBackend extends CudaDevice implements Backend {
  /** Set to {@code off}, recorded steps are replayed call by call. */
  private static final String GRAPHS = "adjoint.cuda.graphs";

  private final CudaKernels own;
  private final Kernels raw;
  private final Kernels kernels;
  private final CudaOptions options;
  private final @Nullable UserKernel user;
  private final VendorLibraries libraries;

  /**
   * Creates a device of its own; most want the shared ones of the providers.
   *
   * @param name by which users ask for it
   * @param driver of the GPU, for this device alone
   */
  CudaBackend(String name, CudaDriver driver) {
    this(name, driver, CudaOptions.ofThisJvm());
  }

  /**
   * Creates a device of its own.
   *
   * @param options what it may use besides the driver
   */
  CudaBackend(String name, CudaDriver driver, CudaOptions options) {
    this(name, driver, options, null);
  }

  private CudaBackend(
      String name, CudaDriver driver, CudaOptions options, @Nullable UserKernel user) {
    super(name, driver);
    this.options = options;
    this.user = user;
    libraries = new VendorLibraries(this, options);
    // The user's kernel goes before those of this device, which launch into its own queue.
    own = new CudaKernels(this);
    raw = user == null ? own : UserKernel.place(user, own);
    kernels = new CheckedKernels(this, raw);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public Backend with(UserKernel kernel) {
    return new CudaBackend(name() + "+" + kernel.name(), driver(), options, kernel);
  }

  @Override
  public Backend with(Precision precision) {
    String name = name() + "+" + precision.label();
    return new CudaBackend(name, driver(), options.with(precision), user);
  }

  @Override
  Precision precision() {
    return options.precision();
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
  public long fallbacks() {
    return own.fallbacks();
  }

  @Override
  public boolean readsIndices() {
    return driver().isCareful();
  }

  @Override
  public Optional<DeviceGraph> graph() {
    return System.getProperty(GRAPHS, "").equals("off")
        ? Optional.empty()
        : Optional.of(new CudaGraph(this));
  }

  @Override
  public String description() {
    return driver().info().describe() + libraries.describe();
  }

  @Override
  Optional<CudaBlas> blas() {
    return libraries.blas();
  }

  @Override
  Optional<CudaDnn> dnn() {
    return libraries.dnn();
  }
}
