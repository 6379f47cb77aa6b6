package org.adjoint.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBatchNormMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnPoolingMode;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * cuDNN 9 through JCuda's JCudnn, whose last Java classes are for cuDNN 8 and whose native library
 * is for cuDNN 9: what is called here is in both, with the same arguments and numbers, but for the
 * numbers of the statuses. Thread-safe.
 */
final class JcudaDnn implements CudaDnn {
  private static final List<String> CALLED =
      List.of(
          "cudnnCreate",
          "cudnnSetStream",
          "cudnnGetVersion",
          "cudnnGetErrorString",
          "cudnnCreateTensorDescriptor",
          "cudnnSetTensor4dDescriptor",
          "cudnnDestroyTensorDescriptor",
          "cudnnCreatePoolingDescriptor",
          "cudnnSetPooling2dDescriptor",
          "cudnnPoolingForward",
          "cudnnPoolingBackward",
          "cudnnBatchNormalizationForwardInference",
          "cudnnBatchNormalizationBackward");

  /**
   * What cuDNN itself loads when it first needs it, each after those that it needs; where one is
   * missing it ends the process, so it is loaded before.
   */
  static final List<String> PARTS =
      List.of(
          "graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled");

  private final CudaDevice device;
  private final cudnnHandle handle = new cudnnHandle();
  private final MemorySegment factors = Arena.ofAuto().allocate(2 * Float.BYTES, 8);
  private final Pointer zero = new JcudaPointer(factors.address());
  private final Pointer one = new JcudaPointer(factors.address() + Float.BYTES);

  /** Set anew by each call. */
  private final cudnnTensorDescriptor large = new cudnnTensorDescriptor();

  private final cudnnTensorDescriptor small = new cudnnTensorDescriptor();
  private final cudnnPoolingDescriptor window = new cudnnPoolingDescriptor();

  private final JcudaConvolutions convolutions;
  private final String description;

  /** The queue that the handle is set to; 0 is none of ours. */
  private long queue;

  /**
   * Loads the library and opens it on a GPU.
   *
   * @param library which
   * @param device of the GPU
   * @param options the precision, and which algorithms
   * @throws DeviceException if it does not load, or refuses
   */
  JcudaDnn(CudaLibraries.Found library, CudaDevice device, CudaOptions options) {
    this.device = device;
    load(library);
    device.driver().enter();
    check("cudnnCreate", JCudnn.cudnnCreate(handle));
    check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(large));
    check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(small));
    check("cudnnCreatePoolingDescriptor", JCudnn.cudnnCreatePoolingDescriptor(window));
    factors.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 1);
    convolutions = new JcudaConvolutions(handle, zero, one, device, options);
    description = "cuDNN " + version() + ", " + library.path();
  }

  private static String version() {
    return VendorLibraries.version(JCudnn.cudnnGetVersion()) + " by JCudnn";
  }

  /** Loads the library and returns its version, without a GPU. */
  static String ask(CudaLibraries.Found library) {
    load(library);
    return version();
  }

  /** Loads cuDNN, after what it uses itself, and JCudnn. */
  private static void load(CudaLibraries.Found library) {
    CudaLibraries all = CudaLibraries.ofThisMachine();
    all.cublas()
        .ifPresent(
            blas -> {
              SharedLibraries.offer(blas.beside("libcublasLt.so."));
              SharedLibraries.offer(blas.path());
            });
    all.nvrtc().ifPresent(compiler -> SharedLibraries.offer(compiler.path()));
    SymbolLookup functions = SharedLibraries.load("cuDNN", library.path(), OPTION);
    SharedLibraries.require("cuDNN", functions, CALLED, "cuDNN 9", OPTION);
    SharedLibraries.require("cuDNN", functions, JcudaConvolutions.CALLED, "cuDNN 9", OPTION);
    for (String part : PARTS) {
      SharedLibraries.load("cuDNN", library.beside("libcudnn_" + part + ".so."), OPTION);
    }
    JcudaLibraries.load("JCudnn", List.of(), OPTION, () -> JCudnn.setExceptionsEnabled(false));
  }

  /** Makes the GPU and the queue of this thread those that calls go to. */
  private void enter() {
    device.driver().enter();
    CudaDriver.Stream now = device.stream();
    if (now.handle() != queue) {
      check("cudnnSetStream", JCudnn.cudnnSetStream(handle, Cuda.runtime(now)));
      queue = now.handle();
    }
  }

  @Override
  public String describe() {
    return description;
  }

  // ---- statuses -----------------------------------------------------------------------------

  private static final int THOUSAND = 1000;
  private static final int NOT_INITIALIZED = 1;
  private static final int BAD_PARAMETER = 2;
  private static final int NOT_SUPPORTED = 3;
  private static final int EXECUTION_FAILED = 5;
  private static final int HOST_ALLOCATION_FAILED = 4003;
  private static final int DEVICE_ALLOCATION_FAILED = 4004;

  /** Whether a status says that there is no way for these arguments; its thousands are its kind. */
  static boolean isRefusal(int status) {
    return status / THOUSAND == NOT_SUPPORTED || status / THOUSAND == BAD_PARAMETER;
  }

  /** Looks at what a call returned. */
  static void check(String call, int status) {
    if (status == 0) {
      return;
    }
    String remedy =
        switch (status) {
          case HOST_ALLOCATION_FAILED, DEVICE_ALLOCATION_FAILED ->
              "there is no room left: end other programs or use a smaller batch";
          default ->
              switch (status / THOUSAND) {
                case NOT_INITIALIZED ->
                    "all parts of cuDNN must lie in one folder and be of one version, for this"
                        + " driver's CUDA";
                case EXECUTION_FAILED ->
                    "a kernel failed and this GPU may be lost to this process: start anew with"
                        + " -Dadjoint.debug=true to be told which";
                default -> "the GPU may be out of memory, or cuDNN unfit for its driver";
              };
        };
    throw new DeviceException(
        "cuda",
        call,
        "status " + status + " (" + JCudnn.cudnnGetErrorString(status) + ")",
        remedy + "; " + OPTION + " does without it");
  }

  /** Looks at what a call returned; false if it refused. */
  static boolean did(String call, int status) {
    if (isRefusal(status)) {
      return false;
    }
    check(call, status);
    return true;
  }

  /** Says what the axes of a contiguous tensor are. */
  static void shape(cudnnTensorDescriptor descriptor, int n, int channels, int height, int width) {
    check(
        "cudnnSetTensor4dDescriptor",
        JCudnn.cudnnSetTensor4dDescriptor(
            descriptor,
            cudnnTensorFormat.CUDNN_TENSOR_NCHW,
            cudnnDataType.CUDNN_DATA_FLOAT,
            n,
            channels,
            height,
            width));
  }

  static void shape(cudnnTensorDescriptor descriptor, Tensor t) {
    shape(descriptor, t.dim(0), t.dim(1), t.dim(2), t.dim(3));
  }

  // ---- convolution --------------------------------------------------------------------------

  @Override
  public synchronized boolean convolution(
      Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    enter();
    return convolutions.forward(x, w, bias, spec, y);
  }

  @Override
  public synchronized boolean convolutionInputGradient(
      Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    enter();
    return convolutions.inputGradient(dy, w, spec, dx);
  }

  @Override
  public synchronized boolean convolutionWeightGradient(
      Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    enter();
    return convolutions.weightGradient(x, dy, spec, dw);
  }

  // ---- pooling ------------------------------------------------------------------------------

  private void windows(Pool2dSpec spec) {
    check(
        "cudnnSetPooling2dDescriptor",
        JCudnn.cudnnSetPooling2dDescriptor(
            window,
            cudnnPoolingMode.CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING,
            cudnnNanPropagation.CUDNN_PROPAGATE_NAN,
            spec.kernelH(),
            spec.kernelW(),
            spec.padH(),
            spec.padW(),
            spec.strideH(),
            spec.strideW()));
  }

  /** Whether there is no window that ends behind the padding: cuDNN rounds extents down. */
  private static boolean endsInside(Pool2dSpec spec, Tensor x, Tensor y) {
    Pool2dSpec down =
        new Pool2dSpec(
            spec.kernelH(),
            spec.kernelW(),
            spec.strideH(),
            spec.strideW(),
            spec.padH(),
            spec.padW());
    return down.outH(x.dim(2)) == y.dim(2) && down.outW(x.dim(3)) == y.dim(3);
  }

  @Override
  public synchronized boolean averagePool(Tensor x, Pool2dSpec spec, Tensor y) {
    if (!endsInside(spec, x, y)) {
      return false;
    }
    enter();
    windows(spec);
    shape(large, x);
    shape(small, y);
    try {
      return did(
          "cudnnPoolingForward",
          JCudnn.cudnnPoolingForward(
              handle, window, one, large, JcudaPointer.to(x), zero, small, JcudaPointer.to(y)));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
    }
  }

  /** x and y, which it does not read but wants to be given, are stood for by dx and dy. */
  @Override
  public synchronized boolean averagePoolGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    if (!endsInside(spec, dx, dy)) {
      return false;
    }
    enter();
    windows(spec);
    shape(large, dx);
    shape(small, dy);
    Pointer to = JcudaPointer.to(dx);
    Pointer from = JcudaPointer.to(dy);
    try {
      return did(
          "cudnnPoolingBackward",
          JCudnn.cudnnPoolingBackward(
              handle, window, one, small, from, small, from, large, to, zero, large, to));
    } finally {
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(dy);
    }
  }

  // ---- batch norm ---------------------------------------------------------------------------

  private void channels(Tensor x) {
    shape(large, x.dim(0), x.dim(1), x.dim(2), 1);
    shape(small, 1, x.dim(1), 1, 1);
  }

  @Override
  public synchronized boolean batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    enter();
    channels(x);
    try {
      return did(
          "cudnnBatchNormalizationForwardInference",
          JCudnn.cudnnBatchNormalizationForwardInference(
              handle,
              cudnnBatchNormMode.CUDNN_BATCHNORM_SPATIAL,
              one,
              zero,
              large,
              JcudaPointer.to(x),
              large,
              JcudaPointer.to(y),
              small,
              JcudaPointer.to(gamma),
              JcudaPointer.to(beta),
              JcudaPointer.to(mean),
              JcudaPointer.to(variance),
              epsilon));
    } finally {
      Reference.reachabilityFence(List.of(x, mean, variance, gamma, beta, y));
    }
  }

  @Override
  public synchronized boolean batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta) {
    enter();
    channels(x);
    try {
      return did(
          "cudnnBatchNormalizationBackward",
          JCudnn.cudnnBatchNormalizationBackward(
              handle,
              cudnnBatchNormMode.CUDNN_BATCHNORM_SPATIAL,
              one,
              zero,
              one,
              zero,
              large,
              JcudaPointer.to(x),
              large,
              JcudaPointer.to(dy),
              large,
              JcudaPointer.to(dx),
              small,
              JcudaPointer.to(gamma),
              JcudaPointer.to(dgamma),
              JcudaPointer.to(dbeta),
              epsilon,
              JcudaPointer.to(mean),
              JcudaPointer.to(rstd)));
    } finally {
      Reference.reachabilityFence(List.of(x, mean, rstd, gamma, dy, dx, dgamma, dbeta));
    }
  }
}
