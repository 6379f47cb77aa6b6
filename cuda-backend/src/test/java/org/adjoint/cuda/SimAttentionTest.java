package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.AttentionContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaAttention} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimAttentionTest extends AttentionContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
