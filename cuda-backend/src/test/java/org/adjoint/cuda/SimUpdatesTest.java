package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.UpdatesContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaUpdates} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimUpdatesTest extends UpdatesContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
