package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.PoolingContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaConvolutions} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimPoolingTest extends PoolingContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
