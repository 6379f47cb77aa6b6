package org.adjoint.cuda;

import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * The latest launches of a GPU, for messages: a kernel that fails is noticed only by a later call,
 * and then no other call succeeds either. With {@code -Dadjoint.debug=true} each launch is waited
 * for, so that the last one is the culprit. Thread-safe.
 */
final class LaunchLog {
  private static final int KEPT = 8;

  private final @Nullable String[] kernels = new @Nullable String[KEPT];
  private final @Nullable Geometry[] geometries = new @Nullable Geometry[KEPT];
  private final Parameters[] parameters = new Parameters[KEPT];
  private long count;

  LaunchLog() {
    for (int i = 0; i < KEPT; i++) {
      parameters[i] = new Parameters();
    }
  }

  /** Notes a launch. */
  synchronized void note(String kernel, Geometry geometry, Parameters values) {
    int i = (int) (count++ % KEPT);
    kernels[i] = kernel;
    geometries[i] = geometry;
    parameters[i].become(values);
  }

  /**
   * Returns what is thrown by every call after a kernel has failed.
   *
   * @param op the kind of device
   * @param call that was refused
   * @param status what the driver said
   * @param remedy how to go on
   */
  DeviceException lost(String op, String call, String status, String remedy) {
    return new DeviceException(
        op,
        call,
        status,
        "a kernel failed and this GPU is lost to this process; " + text() + ". " + remedy);
  }

  /** Returns the latest launches, the last first: kernel, geometry and arguments. */
  synchronized String text() {
    if (count == 0) {
      return "no kernel was launched before";
    }
    StringBuilder text = new StringBuilder("the last launches were ");
    for (long n = count - 1; n >= Math.max(0, count - KEPT); n--) {
      int i = (int) (n % KEPT);
      text.append(n == count - 1 ? "" : "; before it ")
          .append(kernels[i])
          .append(parameters[i])
          .append(" in ")
          .append(geometries[i]);
    }
    return text.toString();
  }
}
