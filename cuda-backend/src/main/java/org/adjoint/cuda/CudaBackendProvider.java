package org.adjoint.cuda;

import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.tensor.AdjointException;

/**
 * Offers the GPUs of this machine. Nothing of JCuda is loaded before somebody asks whether there is
 * one.
 */
public final class CudaBackendProvider implements BackendProvider {
  private static final String NAME = "cuda";

  /**
   * What was found.
   *
   * @param availability whether there is a GPU
   * @param count how many
   */
  private record Found(Availability availability, int count) {}

  private static final class Seen {
    static final Found FOUND = look();

    private static Found look() {
      String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
      if (!system.equals("Linux on amd64")) {
        return none(
            "JCuda's libraries are here for Linux on amd64, and this is " + system,
            "use --device cpu, or --device sim for the GPU's kernels");
      }
      try {
        int count = Cuda.start();
        String first = Cuda.look(0).describe();
        return new Found(new Available(count == 1 ? first : count + " GPUs: " + first), count);
      } catch (AdjointException e) {
        return none(e.argument() + " is " + e.value(), e.remedy());
      } catch (LinkageError e) {
        return none(
            "JCuda does not load: " + Natives.reason(e),
            "add jcuda, jcublas and jcudnn as adjoint-cuda-backend brings them");
      }
    }

    private static Found none(String cause, String remedy) {
      return new Found(new Unavailable(cause, remedy), 0);
    }
  }

  private static final class Shared {
    static final Devices DEVICES =
        new Devices(Seen.FOUND.count(), n -> new CudaBackend(Devices.name(NAME, n), new Cuda(n)));
  }

  /** Returns whether there is a GPU. */
  static Availability seen() {
    return Seen.FOUND.availability();
  }

  /** Returns how many there are. */
  static int seenCount() {
    return Seen.FOUND.count();
  }

  /** Creates the provider, as {@link java.util.ServiceLoader} does. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below that of the CPU: a GPU is used when it is asked for. */
  @Override
  public int priority() {
    return 50;
  }

  @Override
  public Availability availability() {
    return seen();
  }

  @Override
  public List<String> details() {
    return VendorLibraries.report(CudaLibraries.ofThisMachine());
  }

  @Override
  public int count() {
    return seenCount();
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
