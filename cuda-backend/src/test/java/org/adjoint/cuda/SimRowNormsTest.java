package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RowNormsContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaNorms} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimRowNormsTest extends RowNormsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
