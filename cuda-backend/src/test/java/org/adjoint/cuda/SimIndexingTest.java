package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.IndexingContract;

/** {@link CudaIndexing} keeps the contract of its family on the simulator. */
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
