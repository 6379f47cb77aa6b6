package org.adjoint.kernels;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.DeviceException;

/** The backends on the class or module path. */
public final class Backends {
  private static final class Found {
    static final List<BackendProvider> ALL =
        ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(Comparator.comparingInt(BackendProvider::priority).reversed())
            .toList();
  }

  private Backends() {}

  /** Returns every provider found, the fastest first, available or not. */
  public static List<BackendProvider> providers() {
    return Found.ALL;
  }

  /**
   * Returns a backend by name.
   *
   * @throws DeviceException if there is none of that name, or it is not available here
   */
  public static Backend get(String name) {
    return get(Found.ALL, name);
  }

  static Backend get(List<BackendProvider> all, String name) {
    for (BackendProvider p : all) {
      if (p.name().equals(name)) {
        return switch (p.availability()) {
          case BackendProvider.Available a -> p.backend();
          case BackendProvider.Unavailable u ->
              throw new DeviceException(
                  "device", "name", name, "it is not available: " + u.cause() + "; " + u.remedy());
        };
      }
    }
    throw new DeviceException(
        "device",
        "name",
        name,
        "known devices are "
            + all.stream().map(BackendProvider::name).collect(Collectors.joining(", ")));
  }

  /** Returns the available backend of the highest priority. */
  public static Backend fastest() {
    return fastest(Found.ALL);
  }

  static Backend fastest(List<BackendProvider> all) {
    for (BackendProvider p : all) {
      if (p.availability() instanceof BackendProvider.Available) {
        return p.backend();
      }
    }
    throw new DeviceException(
        "device", "providers", all, "no backend is available; add adjoint-cpu-backend");
  }

  /**
   * Returns the kernels that compute on a device, or those of this thread's {@link KernelRecorder}
   * if there is one; wrapped by {@link TracingKernels} if this thread has a listener or the JVM's
   * Flight Recorder records events of the name {@code org.adjoint.Kernel}.
   *
   * @throws DeviceException if the device only stores
   */
  public static Kernels kernels(Device device) {
    if (!(device instanceof Backend backend)) {
      throw new DeviceException(
          "device", "name", device.name(), "it has memory but no kernels; use Backends.get");
    }
    Context context = Context.current();
    if (context.recorder() instanceof KernelRecorder recorder) {
      return recorder.kernels(backend);
    }
    boolean recorded = KernelEvents.wanted();
    if (context.listener() instanceof TracingKernels.Listener listener) {
      return new TracingKernels(backend.kernels(), listener, recorded);
    }
    return recorded ? new TracingKernels(backend.kernels(), null, true) : backend.kernels();
  }
}
