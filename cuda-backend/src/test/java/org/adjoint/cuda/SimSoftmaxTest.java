package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.SoftmaxContract;

/** {@link CudaSoftmax} keeps the contract of its family on the simulator. */
class SimSoftmaxTest extends SoftmaxContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
