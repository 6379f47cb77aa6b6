package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.tensor.AdjointException;

/**
 * Offers the CPU backend, which is available everywhere. Where the Vector API could be used but the
 * JVM was started without its module, this is logged once, when the backend is first asked for,
 * with the flag to add.
 */
public final class CpuBackendProvider implements BackendProvider {
  private static final class Shared {
    static final CpuBackend BACKEND = create();

    private static CpuBackend create() {
      CpuBackend backend = new CpuBackend();
      if (ModuleLayer.boot().findModule(VectorModule.NAME).isEmpty()) {
        System.getLogger("org.adjoint.cpu")
            .log(System.Logger.Level.WARNING, "cpu: scalar code, " + VectorModule.obstacle());
      }
      return backend;
    }
  }

  private static final class Seen {
    static final Availability AVAILABILITY = look();

    private static Availability look() {
      try {
        return new Available(Shared.BACKEND.description());
      } catch (LinkageError e) {
        // A width that does not exist ends here; see Simd.
        return e.getCause() instanceof AdjointException a
            ? new Unavailable(a.argument() + " is " + a.value(), a.remedy())
            : new Unavailable("its classes do not load: " + e, "use a JDK of 25 or later");
      }
    }
  }

  /** Creates the provider, as {@link java.util.ServiceLoader} does. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Availability availability() {
    return Seen.AVAILABILITY instanceof Unavailable u
        ? u
        : new Available(Shared.BACKEND.description());
  }

  @Override
  public Backend backend() {
    return Shared.BACKEND;
  }
}
