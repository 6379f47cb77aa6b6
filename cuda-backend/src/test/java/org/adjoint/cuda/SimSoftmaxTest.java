package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.SoftmaxContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaSoftmax} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimSoftmaxTest extends SoftmaxContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
