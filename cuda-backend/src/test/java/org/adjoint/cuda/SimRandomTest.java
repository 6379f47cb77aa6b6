package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RandomContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaRandom} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimRandomTest extends RandomContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
