package org.adjoint.kernels;

import org.adjoint.tensor.Device;

/** A device that computes. */
public interface Backend extends Device {
  /** Returns the kernels of this device, with their arguments checked. */
  Kernels kernels();

  /** Returns one line for {@code doctor}: what this backend computes with. */
  String description();
}
