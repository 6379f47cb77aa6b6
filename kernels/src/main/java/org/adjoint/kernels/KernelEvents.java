package org.adjoint.kernels;

import jdk.jfr.FlightRecorder;

/**
 * Whether the JDK's Flight Recorder wants to hear of kernel calls. The module {@code jdk.jfr} is
 * optional; without it nobody ever does.
 */
final class KernelEvents {
  private static final boolean PRESENT = present();

  private KernelEvents() {}

  private static boolean present() {
    Module recorder = ModuleLayer.boot().findModule("jdk.jfr").orElse(null);
    return recorder != null && KernelEvents.class.getModule().canRead(recorder);
  }

  /**
   * Returns whether a recording is running that wants kernel events. This is asked for every call
   * and costs one read of a field while no recording ever ran, a few nanoseconds after one. The
   * event's class must not be loaded before: that starts half the recorder, 100 ms measured.
   */
  static boolean wanted() {
    return PRESENT && FlightRecorder.isInitialized() && KernelEvent.PROBE.isEnabled();
  }
}
