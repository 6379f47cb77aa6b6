package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Precision;
import org.adjoint.kernels.RoundedKernels;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.HeapDevice;

/**
 * The device {@code cpu}: float32 on vectors where the Java Vector API is there, and scalar code
 * with the same results where it is not.
 */
public final class CpuBackend extends HeapDevice implements Backend {
  private final Kernels raw;
  private final Kernels kernels;

  /** Creates a device of its own; most want the shared one of {@link CpuBackendProvider}. */
  public CpuBackend() {
    this("cpu", new CpuKernels());
  }

  private CpuBackend(String name, Kernels raw) {
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
    return new CpuBackend(name() + "+" + kernel.name(), UserKernel.place(kernel, raw));
  }

  @Override
  public Backend with(Precision precision) {
    return new CpuBackend(name() + "+" + precision.label(), RoundedKernels.onHeap(raw, precision));
  }

  @Override
  public Kernels unchecked() {
    return raw;
  }

  @Override
  public String description() {
    String obstacle = VectorModule.obstacle();
    int threads = Parallel.threads();
    return "Java "
        + Runtime.version()
        + ", "
        + (obstacle == null ? Simd.description() : "scalar code (" + obstacle + ")")
        + ", "
        + threads
        + (threads == 1 ? " thread" : " threads");
  }
}
