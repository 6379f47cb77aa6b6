package org.adjoint.kernels.reference;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.RoundedKernels;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.HeapDevice;

/** The device {@code reference}: plain loops in double, the specification of all others. */
public final class ReferenceBackend extends HeapDevice implements Backend {
  private final Kernels raw;
  private final Kernels kernels;

  /** Creates a device of its own; most want the shared one of {@link ReferenceBackendProvider}. */
  public ReferenceBackend() {
    this("reference", new ReferenceKernels());
  }

  private ReferenceBackend(String name, Kernels raw) {
    super(name);
    this.raw = raw;
    kernels = new CheckedKernels(this, raw);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public Backend with(UserKernel kernel) {
    return new ReferenceBackend(name() + "+" + kernel.name(), UserKernel.place(kernel, raw));
  }

  @Override
  public Backend with(Precision precision) {
    return new ReferenceBackend(
        name() + "+" + precision.label(), RoundedKernels.onHeap(raw, precision));
  }

  @Override
  public Kernels unchecked() {
    return raw;
  }

  @Override
  public String description() {
    return "plain Java loops in double precision, one thread";
  }
}
