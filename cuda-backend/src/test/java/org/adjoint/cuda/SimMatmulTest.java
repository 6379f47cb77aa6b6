package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.MatmulContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaMatmul} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimMatmulTest extends MatmulContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
