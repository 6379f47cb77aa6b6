package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.PoolingContract;

/** {@link CudaConvolutions} keeps the contract of its family on the simulator. */
class SimPoolingTest extends PoolingContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
