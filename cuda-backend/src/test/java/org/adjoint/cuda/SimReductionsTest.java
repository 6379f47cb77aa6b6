package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ReductionsContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaReductions} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimReductionsTest extends ReductionsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
