package org.adjoint.kernels;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.DeviceException;

/** The backends on the class or module path. */
public final class Backends {
  private static final Pattern NUMBERED = Pattern.compile(":(\\d{1,4})$");

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
   * Returns a backend by name: that of a provider, or {@code NAME:n} for the device of number n
   * where there are several.
   *
   * @throws DeviceException if there is none of that name, or it is not available here
   */
  public static Backend get(String name) {
    return get(Found.ALL, name);
  }

  static Backend get(List<BackendProvider> all, String name) {
    BackendProvider p = provider(all, name);
    if (p.availability() instanceof BackendProvider.Unavailable u) {
      throw new DeviceException(
          "device", "name", name, "it is not available: " + u.cause() + "; " + u.remedy());
    }
    int number = number(name);
    if (number >= p.count()) {
      throw new DeviceException(
          "device",
          "name",
          name,
          p.count() == 1
              ? "there is one device of this kind; ask for " + p.name()
              : "there are " + p.count() + " of this kind, numbered from 0");
    }
    return p.backend(number);
  }

  /**
   * Returns the provider that a name asks for, available or not.
   *
   * @param name that of a provider, or {@code NAME:n}
   * @throws DeviceException if nobody offers it
   */
  public static BackendProvider provider(String name) {
    return provider(Found.ALL, name);
  }

  private static BackendProvider provider(List<BackendProvider> all, String name) {
    String kind = NUMBERED.matcher(name).replaceFirst("");
    for (BackendProvider p : all) {
      if (p.name().equals(kind)) {
        return p;
      }
    }
    throw new DeviceException(
        "device",
        "name",
        name,
        "known devices are "
            + all.stream().map(BackendProvider::name).collect(Collectors.joining(", ")));
  }

  private static int number(String name) {
    Matcher m = NUMBERED.matcher(name);
    return m.find() ? Integer.parseInt(m.group(1)) : 0;
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
