package org.adjoint.cuda;

import org.adjoint.kernels.Precision;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;

/** NVIDIA's library of matrix products, on one GPU and in its queue. */
interface CudaBlas {
  /** How a user does without it. */
  String OPTION = "-Dadjoint.cuda.blas=ptx";

  /** float32 in memory. */
  int FLOAT32 = 0;

  int AS_IT_IS = 0;
  int TRANSPOSED = 1;
  int DEFAULT_ALGORITHM = -1;

  /**
   * Scratch memory of the library, as NVIDIA advises for the largest GPUs. Were it not given, a
   * product in a captured graph would allocate.
   */
  long WORKSPACE = 32 << 20;

  /** Returns name, version and how it is called, for {@code doctor}. */
  String describe();

  /**
   * Queues y = op(a)·op(b) + beta·y for each of a batch of row-major matrices of float32; op
   * transposes if its flag is set. One matrix may serve all, with a stride of 0.
   *
   * @param p the product
   */
  void multiply(Product p);

  /**
   * The arguments of a product.
   *
   * @param transposeA whether a is stored as [k, m]
   * @param transposeB whether b is stored as [n, k]
   * @param m rows of y
   * @param n columns of y
   * @param k the length of its sums
   * @param a where a begins
   * @param strideA elements from one a to the next
   * @param b where b begins
   * @param strideB elements from one b to the next
   * @param beta the factor of what y holds
   * @param y where y begins; its matrices follow each other
   * @param batch how many
   */
  record Product(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      long a,
      long strideA,
      long b,
      long strideB,
      float beta,
      long y,
      int batch) {
    /** Returns the distance of the rows of a. */
    int leadingA() {
      return transposeA ? m : k;
    }

    /** Returns the distance of the rows of b. */
    int leadingB() {
      return transposeB ? k : n;
    }

    /** Returns the distance of the results of a batch. */
    long strideY() {
      return (long) m * n;
    }
  }

  /** Returns cuBLAS's number of a precision: CUBLAS_COMPUTE_32F, …_FAST_TF32, …_FAST_16BF. */
  static int compute(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> 68;
      case TF32 -> 77;
      case BF16 -> 75;
    };
  }

  /** Returns permanent scratch memory for one library on one device. */
  static CudaStorage workspace(CudaDevice device) {
    return (CudaStorage) device.allocate(DType.F32, (int) (WORKSPACE / DType.F32.bytes()), false);
  }

  /**
   * Looks at what a call returned.
   *
   * @throws DeviceException if that is not success
   */
  static void check(String call, int status) {
    if (status == 0) {
      return;
    }
    String name =
        switch (status) {
          case 1 -> " (not initialized)";
          case 3 -> " (allocation failed)";
          case 7 -> " (invalid value)";
          case 8 -> " (architecture mismatch)";
          case 13 -> " (execution failed)";
          case 14 -> " (internal error)";
          case 15 -> " (not supported)";
          default -> "";
        };
    String remedy =
        switch (status) {
          case 3 -> "the GPU has no room left: end other programs or use a smaller batch";
          case 8 -> "this GPU is too old for this cuBLAS: install an older one";
          case 13 ->
              "a kernel failed and this GPU may be lost to this process: start anew with"
                  + " -Dadjoint.debug=true to be told which";
          default -> "the GPU may be out of memory, or cuBLAS unfit for its driver";
        };
    throw new DeviceException(
        "cuda", call, "status " + status + name, remedy + "; " + OPTION + " does without it");
  }
}
