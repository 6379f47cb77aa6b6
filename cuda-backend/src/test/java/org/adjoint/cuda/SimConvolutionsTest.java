package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ConvolutionsContract;

/** {@link CudaConvolutions} keeps the contract of its family on the simulator. */
class SimConvolutionsTest extends ConvolutionsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
