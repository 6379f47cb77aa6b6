package org.adjoint.cuda;

import java.util.List;
import jcuda.runtime.JCuda;
import org.adjoint.tensor.DeviceException;

/** Loads JCuda's libraries beside the driver's; all need the class of the runtime first. */
final class JcudaLibraries {
  private JcudaLibraries() {}

  /**
   * Runs what initialises a class of JCuda, its library at hand.
   *
   * @param name of the library: {@code JCudnn}
   * @param replacement the bytes of the library, if not those of the natives jar
   * @param option does without it
   * @param first touches the class
   * @throws DeviceException if it does not load
   */
  static void load(String name, List<byte[]> replacement, String option, Runnable first) {
    try {
      Natives.load("JCudaRuntime", () -> JCuda.setExceptionsEnabled(false));
      Natives.load(name, replacement, first);
    } catch (LinkageError e) {
      throw new DeviceException(
          "cuda", name, "not usable (" + Natives.reason(e) + ")", "use " + option);
    }
  }
}
