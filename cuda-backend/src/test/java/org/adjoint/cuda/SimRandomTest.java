package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RandomContract;

/** {@link CudaRandom} keeps the contract of its family on the simulator. */
class SimRandomTest extends RandomContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
