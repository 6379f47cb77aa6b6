package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.UpdatesContract;

/** {@link CudaUpdates} keeps the contract of its family on the simulator. */
class SimUpdatesTest extends UpdatesContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
