package org.adjoint.cuda;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * A kernel as JCuda knows it.
 *
 * @param name its entry
 * @param function what is launched
 */
record JcudaKernel(String name, CUfunction function) implements CudaDriver.Function {
  /** The dynamic shared memory that a launch may have unasked. */
  private static final int UNASKED = 48 << 10;

  /** Asks for so many bytes of dynamic shared memory; returns the status. */
  int allow(int shared) {
    return shared <= UNASKED
        ? CUresult.CUDA_SUCCESS
        : JCudaDriver.cuFuncSetAttribute(
            function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, shared);
  }
}
