package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.IndexingContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaIndexing} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimIndexingTest extends IndexingContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }

  @Override
  protected int longestOrder() {
    return 207;
  }
}
