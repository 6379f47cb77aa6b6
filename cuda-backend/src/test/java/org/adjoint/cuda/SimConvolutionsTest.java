package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ConvolutionsContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link CudaConvolutions} keeps the contract of its family on the simulator. */
@ExtendWith(LeakCheck.class)
class SimConvolutionsTest extends ConvolutionsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
