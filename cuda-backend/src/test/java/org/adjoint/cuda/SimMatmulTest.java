package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.MatmulContract;

/** {@link CudaMatmul} keeps the contract of its family on the simulator. */
class SimMatmulTest extends MatmulContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
