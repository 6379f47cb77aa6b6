package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.AttentionContract;

/** {@link CudaAttention} keeps the contract of its family on the simulator. */
class SimAttentionTest extends AttentionContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
