package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RecurrentContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaRecurrent} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimRecurrentTest extends RecurrentContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
