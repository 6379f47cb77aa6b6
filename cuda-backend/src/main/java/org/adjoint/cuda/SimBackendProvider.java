package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;

/**
 * Offers simulated GPUs, which run the same kernels through the same launches and check every
 * access; available everywhere, and slow.
 */
public final class SimBackendProvider implements BackendProvider {
  private static final String NAME = "sim";

  /** As many as data-parallel training is tried with. */
  private static final int COUNT = 4;

  private static final class Shared {
    static final Devices DEVICES =
        new Devices(COUNT, n -> new CudaBackend(Devices.name(NAME, n), new SimulatedDriver()));
  }

  /** Creates the provider, as {@link java.util.ServiceLoader} does. */
  public SimBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below the reference: nobody wants it unless he asks. */
  @Override
  public int priority() {
    return -1;
  }

  @Override
  public Availability availability() {
    return new Available(SimulatedDriver.self().describe());
  }

  @Override
  public int count() {
    return COUNT;
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
