package org.adjoint.cuda;

import jcuda.Pointer;
import org.adjoint.tensor.Tensor;

/** An address, in the GPU's memory or the host's, as JCuda's libraries take it. */
final class JcudaPointer extends Pointer {
  JcudaPointer(long address) {
    super(address);
  }

  /** Points to the first element of a tensor. */
  static JcudaPointer to(Tensor t) {
    return new JcudaPointer(CudaDevice.address(t));
  }
}
