package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.UpdatesContract;

/** {@link CpuUpdates} keeps the contract of its family. */
class CpuUpdatesTest extends UpdatesContract {
  private static final CpuBackend BACKEND = new CpuBackend();

  @Override
  protected Backend backend() {
    return BACKEND;
  }
}
