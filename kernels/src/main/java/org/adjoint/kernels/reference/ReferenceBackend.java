package org.adjoint.kernels.reference;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.HeapDevice;

/** The device {@code reference}: plain loops in double, the specification of all others. */
public final class ReferenceBackend extends HeapDevice implements Backend {
  private final Kernels kernels = new CheckedKernels(this, new ReferenceKernels());

  /** Creates a device of its own; most want the shared one of {@link ReferenceBackendProvider}. */
  public ReferenceBackend() {
    super("reference");
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public String description() {
    return "plain Java loops in double precision, one thread";
  }
}
