package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ElementwiseContract;

/** {@link CudaElementwise} keeps the contract of its family on the simulator. */
class SimElementwiseTest extends ElementwiseContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
