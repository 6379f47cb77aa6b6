package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ElementwiseContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaElementwise} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimElementwiseTest extends ElementwiseContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
