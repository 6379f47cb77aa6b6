package org.adjoint.kernels;

import java.util.Optional;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;

/** A device that computes. */
public interface Backend extends Device {
  /** Returns the kernels of this device, with their arguments checked. */
  Kernels kernels();

  /**
   * Returns a device like this one on which a kernel of the user's is in the place of the backend's
   * own. It is a device of its own: tensors of this one must be moved to it.
   *
   * @throws org.adjoint.tensor.ArgumentException if the kernel replaces more than one family
   */
  Backend with(UserKernel kernel);

  /**
   * Returns a device like this one whose products and convolutions round their operands: mixed
   * precision, with float32 weights. It is a device of its own: tensors of this one must be moved
   * to it. A GPU uses its tensor cores; elsewhere the rounding costs time, and results are those
   * that a GPU would train with, within float32 rounding of the sums.
   *
   * @param precision what operands are rounded to
   */
  Backend with(Precision precision);

  /**
   * Returns the same kernels without the checks, for calls that were checked before: arguments must
   * be as {@link CheckedKernels} leaves them.
   */
  Kernels unchecked();

  /**
   * Returns whether the kernels of a type are this backend's own. If not, the reference stands in
   * for them, on copies; gradients are not checked against slopes there, which takes float64.
   */
  default boolean computes(DType dtype) {
    return true;
  }

  /**
   * Returns whether indices that do not lie on the heap are copied there and checked before each
   * use. If not, a kernel that meets a wrong one reads and writes nothing out of bounds, and what
   * it gives is undefined.
   */
  default boolean readsIndices() {
    return false;
  }

  /**
   * Returns how many calls the reference has served so far because this backend has no kernel of
   * its own for them.
   */
  default long fallbacks() {
    return 0;
  }

  /**
   * Waits until all that was asked of this device is done. A device with a queue answers calls
   * before it has computed them; others have nothing to wait for.
   */
  default void synchronize() {}

  /**
   * Returns what makes one piece of work of many calls; nothing where there is none to be gained,
   * as on the CPU.
   */
  default Optional<DeviceGraph> graph() {
    return Optional.empty();
  }

  /** Returns one line for {@code doctor}: what this backend computes with. */
  String description();
}
