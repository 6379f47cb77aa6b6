package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;

/**
 * Offers the GPUs of this machine with the hand-written kernels alone: what {@code cuda} is where
 * no library is found. Beside {@code cuda} it shows what cuBLAS and cuDNN are worth, and whether
 * they agree.
 */
public final class CudaPtxBackendProvider implements BackendProvider {
  private static final String NAME = "cuda-ptx";

  private static final class Shared {
    static final Devices DEVICES =
        new Devices(
            CudaBackendProvider.seenCount(),
            n ->
                new CudaBackend(
                    Devices.name(NAME, n), new Cuda(n), CudaOptions.withoutLibraries()));
  }

  /** Creates the provider, as {@link java.util.ServiceLoader} does. */
  public CudaPtxBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below {@code cuda}. */
  @Override
  public int priority() {
    return 40;
  }

  @Override
  public Availability availability() {
    return CudaBackendProvider.seen();
  }

  @Override
  public int count() {
    return CudaBackendProvider.seenCount();
  }

  @Override
  public Backend backend() {
    return backend(0);
  }

  @Override
  public Backend backend(int number) {
    return Shared.DEVICES.get(number);
  }
}
