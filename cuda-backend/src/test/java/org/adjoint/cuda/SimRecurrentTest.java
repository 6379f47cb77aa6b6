package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RecurrentContract;

/** {@link CudaRecurrent} keeps the contract of its family on the simulator. */
class SimRecurrentTest extends RecurrentContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
