package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ReductionsContract;

/** {@link CudaReductions} keeps the contract of its family on the simulator. */
class SimReductionsTest extends ReductionsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
