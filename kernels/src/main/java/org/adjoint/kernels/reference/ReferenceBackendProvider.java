package org.adjoint.kernels.reference;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;

/** Offers the reference, which is always available and never the first choice. */
public final class ReferenceBackendProvider implements BackendProvider {
  private static final class Shared {
    static final ReferenceBackend BACKEND = new ReferenceBackend();
  }

  /** Creates the provider, as {@link java.util.ServiceLoader} does. */
  public ReferenceBackendProvider() {}

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Availability availability() {
    return new Available(backend().description());
  }

  @Override
  public Backend backend() {
    return Shared.BACKEND;
  }
}
