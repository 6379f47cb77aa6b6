package org.adjoint.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.adjoint.tensor.DeviceException;

/** What the driver's calls answer, as exceptions. */
final class JcudaStatus {
  private JcudaStatus() {}

  /** Throws what a status says, unless that is success. */
  static void check(String call, int status) {
    if (status != CUresult.CUDA_SUCCESS) {
      throw new DeviceException("cuda", call, described(status), remedy(status));
    }
  }

  /** Returns a status by name and sentence. */
  static String described(int status) {
    String[] text = new String[1];
    JCudaDriver.cuGetErrorString(status, text);
    return CUresult.stringFor(status) + (text[0] == null ? "" : " (" + text[0] + ")");
  }

  private static String remedy(int status) {
    return switch (status) {
      case CUresult.CUDA_ERROR_NO_DEVICE ->
          "the driver sees no GPU; look at nvidia-smi and CUDA_VISIBLE_DEVICES, or use --device"
              + " cpu";
      case CUresult.CUDA_ERROR_INVALID_DEVICE -> "there is no GPU of this number";
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          "the GPU has no room left; end other programs or use a smaller batch";
      case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "the driver's library does not fit its kernel module; restart the machine";
      case CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION -> "update the NVIDIA driver";
      case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU ->
          "this GPU is older than the kernels, which begin at compute capability 7.0";
      default -> "look at nvidia-smi and the system's log";
    };
  }

  /** Whether the context is lost: every later call ends so, too. */
  static boolean isSticky(int status) {
    return switch (status) {
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED ->
          true;
      default -> false;
    };
  }
}
