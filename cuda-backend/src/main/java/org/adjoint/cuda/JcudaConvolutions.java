package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions by cuDNN. For each shape the algorithms are ranked once, by cuDNN's own heuristics,
 * which run nothing; the best that may be used and whose scratch memory is had is taken from then
 * on. Not for several threads.
 */
final class JcudaConvolutions {
  static final List<String> CALLED =
      List.of(
          "cudnnCreateFilterDescriptor",
          "cudnnSetFilter4dDescriptor",
          "cudnnDestroyFilterDescriptor",
          "cudnnCreateConvolutionDescriptor",
          "cudnnSetConvolution2dDescriptor",
          "cudnnSetConvolutionGroupCount",
          "cudnnSetConvolutionMathType",
          "cudnnDestroyConvolutionDescriptor",
          "cudnnAddTensor",
          "cudnnGetConvolutionForwardAlgorithm_v7",
          "cudnnGetConvolutionForwardWorkspaceSize",
          "cudnnConvolutionForward",
          "cudnnGetConvolutionBackwardDataAlgorithm_v7",
          "cudnnGetConvolutionBackwardDataWorkspaceSize",
          "cudnnConvolutionBackwardData",
          "cudnnGetConvolutionBackwardFilterAlgorithm_v7",
          "cudnnGetConvolutionBackwardFilterWorkspaceSize",
          "cudnnConvolutionBackwardFilter");

  /** More algorithms than there are. */
  private static final int MOST = 16;

  /** Shapes that are remembered; a program of more than these ranks some anew. */
  private static final int SHAPES = 1024;

  /** The most scratch memory: a gibibyte, and an eighth of the GPU's. */
  private static final long WORKSPACE = 1 << 30;

  private static final int SHARE = 8;

  /** What is computed from the two others of image, weights and result. */
  private enum Pass {
    FORWARD,
    INPUT,
    WEIGHT;

    /**
     * Returns the numbers of the algorithms that may be used, as {@code cudnnConvolutionFwdAlgo},
     * {@code …BwdDataAlgo} and {@code …BwdFilterAlgo} have them and cuDNN's manual describes them.
     */
    Set<Integer> allowed(CudaOptions.Algorithms which) {
      return switch (which) {
        // Implicit and explicit products of matrices.
        case DIRECT -> this == FORWARD ? Set.of(0, 1, 2) : Set.of(1);
        // Besides, FFT and Winograd; all but those whose blocks add atomically.
        case DETERMINISTIC ->
            switch (this) {
              case FORWARD -> Set.of(0, 1, 2, 3, 4, 5, 6, 7);
              case INPUT -> Set.of(1, 2, 3, 4, 5);
              case WEIGHT -> Set.of(1, 2, 4, 5, 6);
            };
        case ANY -> Set.of(0, 1, 2, 3, 4, 5, 6, 7);
      };
    }
  }

  private record Key(Pass pass, Shape x, Shape w, Conv2dSpec spec) {}

  /**
   * An algorithm for a shape.
   *
   * @param number cuDNN's
   * @param bytes of scratch memory
   */
  private record Algorithm(int number, long bytes) {}

  /** What a call does with an algorithm: returns its status. */
  private interface Call {
    int with(Plan plan, int algorithm, Pointer workspace, long bytes);
  }

  /** All that cuDNN knows of one shape. */
  private final class Plan {
    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor geometry = new cudnnConvolutionDescriptor();

    /** Those that may be tried, the best first. */
    final Deque<Algorithm> algorithms = new ArrayDeque<>();

    Plan(Pass pass, Tensor image, Tensor weights, Tensor result, Conv2dSpec spec) {
      JcudaDnn.check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(x));
      JcudaDnn.check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(y));
      JcudaDnn.check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(bias));
      JcudaDnn.check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(w));
      JcudaDnn.check(
          "cudnnCreateConvolutionDescriptor", JCudnn.cudnnCreateConvolutionDescriptor(geometry));
      JcudaDnn.shape(x, image);
      JcudaDnn.shape(y, result);
      JcudaDnn.shape(bias, 1, result.dim(1), 1, 1);
      JcudaDnn.check(
          "cudnnSetFilter4dDescriptor",
          JCudnn.cudnnSetFilter4dDescriptor(
              w,
              cudnnDataType.CUDNN_DATA_FLOAT,
              cudnnTensorFormat.CUDNN_TENSOR_NCHW,
              weights.dim(0),
              weights.dim(1),
              weights.dim(2),
              weights.dim(3)));
      JcudaDnn.check(
          "cudnnSetConvolution2dDescriptor",
          JCudnn.cudnnSetConvolution2dDescriptor(
              geometry,
              spec.padH(),
              spec.padW(),
              spec.strideH(),
              spec.strideW(),
              spec.dilationH(),
              spec.dilationW(),
              cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
              cudnnDataType.CUDNN_DATA_FLOAT));
      JcudaDnn.check(
          "cudnnSetConvolutionGroupCount",
          JCudnn.cudnnSetConvolutionGroupCount(geometry, spec.groups()));
      JcudaDnn.check(
          "cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(geometry, math));
      Set<Integer> ranked = ranked(pass);
      ranked.retainAll(pass.allowed(algorithmsWanted));
      long[] bytes = new long[1];
      for (int number : ranked) {
        bytes[0] = 0;
        if (workspaceSize(pass, number, bytes) == 0 && bytes[0] <= most) {
          algorithms.add(new Algorithm(number, bytes[0]));
        }
      }
    }

    private Set<Integer> ranked(Pass pass) {
      Set<Integer> numbers = new LinkedHashSet<>();
      int[] count = new int[1];
      switch (pass) {
        case FORWARD -> {
          var found = new cudnnConvolutionFwdAlgoPerf[MOST];
          if (JcudaDnn.did(
              "cudnnGetConvolutionForwardAlgorithm",
              JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                  handle, x, w, geometry, y, MOST, count, found))) {
            for (int i = 0; i < count[0]; i++) {
              add(numbers, found[i].algo, found[i].status);
            }
          }
        }
        case INPUT -> {
          var found = new cudnnConvolutionBwdDataAlgoPerf[MOST];
          if (JcudaDnn.did(
              "cudnnGetConvolutionBackwardDataAlgorithm",
              JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                  handle, w, y, geometry, x, MOST, count, found))) {
            for (int i = 0; i < count[0]; i++) {
              add(numbers, found[i].algo, found[i].status);
            }
          }
        }
        case WEIGHT -> {
          var found = new cudnnConvolutionBwdFilterAlgoPerf[MOST];
          if (JcudaDnn.did(
              "cudnnGetConvolutionBackwardFilterAlgorithm",
              JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                  handle, x, y, geometry, w, MOST, count, found))) {
            for (int i = 0; i < count[0]; i++) {
              add(numbers, found[i].algo, found[i].status);
            }
          }
        }
      }
      return numbers;
    }

    private static void add(Set<Integer> numbers, int number, int status) {
      if (status == 0) {
        numbers.add(number);
      }
    }

    private int workspaceSize(Pass pass, int number, long[] bytes) {
      return switch (pass) {
        case FORWARD ->
            JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                handle, x, w, geometry, y, number, bytes);
        case INPUT ->
            JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                handle, w, y, geometry, x, number, bytes);
        case WEIGHT ->
            JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                handle, x, y, geometry, w, number, bytes);
      };
    }

    void destroy() {
      JCudnn.cudnnDestroyTensorDescriptor(x);
      JCudnn.cudnnDestroyTensorDescriptor(y);
      JCudnn.cudnnDestroyTensorDescriptor(bias);
      JCudnn.cudnnDestroyFilterDescriptor(w);
      JCudnn.cudnnDestroyConvolutionDescriptor(geometry);
    }
  }

  private final cudnnHandle handle;
  private final Pointer zero;
  private final Pointer one;
  private final CudaOptions.Algorithms algorithmsWanted;
  private final int math;
  private final long most;
  private final Workspace workspace;
  private final Map<Key, Plan> plans = new HashMap<>();

  JcudaConvolutions(
      cudnnHandle handle, Pointer zero, Pointer one, CudaDevice device, CudaOptions options) {
    this.handle = handle;
    this.zero = zero;
    this.one = one;
    algorithmsWanted = options.algorithms();
    // cuDNN's default takes tf32 wherever it can.
    math =
        options.precision() == Precision.FLOAT32
            ? cudnnMathType.CUDNN_FMA_MATH
            : cudnnMathType.CUDNN_DEFAULT_MATH;
    most = Math.min(WORKSPACE, device.driver().info().bytes() / SHARE);
    workspace = new Workspace(device);
  }

  private Plan plan(Pass pass, Tensor x, Tensor w, Tensor y, Conv2dSpec spec) {
    Key key = new Key(pass, x.shape(), w.shape(), spec);
    Plan plan = plans.get(key);
    if (plan == null) {
      if (plans.size() == SHAPES) {
        plans.values().forEach(Plan::destroy);
        plans.clear();
      }
      plan = new Plan(pass, x, w, y, spec);
      plans.put(key, plan);
    }
    return plan;
  }

  /** Tries the algorithms of a plan; one that is refused, or has no room, is not tried again. */
  private boolean run(String name, Plan plan, Call call) {
    for (Algorithm a = plan.algorithms.peek(); a != null; a = plan.algorithms.peek()) {
      try {
        JcudaPointer scratch = new JcudaPointer(workspace.address(a.bytes()));
        if (JcudaDnn.did(name, call.with(plan, a.number(), scratch, a.bytes()))) {
          return true;
        }
      } catch (MemoryException e) {
        System.getLogger("org.adjoint.cuda").log(System.Logger.Level.DEBUG, e.getMessage());
      }
      plan.algorithms.remove();
    }
    return false;
  }

  boolean forward(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    Plan plan = plan(Pass.FORWARD, x, w, y, spec);
    try {
      boolean done =
          run(
              "cudnnConvolutionForward",
              plan,
              (p, algorithm, scratch, bytes) ->
                  JCudnn.cudnnConvolutionForward(
                      handle,
                      one,
                      p.x,
                      JcudaPointer.to(x),
                      p.w,
                      JcudaPointer.to(w),
                      p.geometry,
                      algorithm,
                      scratch,
                      bytes,
                      zero,
                      p.y,
                      JcudaPointer.to(y)));
      if (done && bias != null) {
        JcudaDnn.check(
            "cudnnAddTensor",
            JCudnn.cudnnAddTensor(
                handle, one, plan.bias, JcudaPointer.to(bias), one, plan.y, JcudaPointer.to(y)));
      }
      return done;
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(bias);
      Reference.reachabilityFence(y);
    }
  }

  boolean inputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    try {
      return run(
          "cudnnConvolutionBackwardData",
          plan(Pass.INPUT, dx, w, dy, spec),
          (p, algorithm, scratch, bytes) ->
              JCudnn.cudnnConvolutionBackwardData(
                  handle,
                  one,
                  p.w,
                  JcudaPointer.to(w),
                  p.y,
                  JcudaPointer.to(dy),
                  p.geometry,
                  algorithm,
                  scratch,
                  bytes,
                  zero,
                  p.x,
                  JcudaPointer.to(dx)));
    } finally {
      Reference.reachabilityFence(dy);
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(dx);
    }
  }

  boolean weightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    try {
      return run(
          "cudnnConvolutionBackwardFilter",
          plan(Pass.WEIGHT, x, dw, dy, spec),
          (p, algorithm, scratch, bytes) ->
              JCudnn.cudnnConvolutionBackwardFilter(
                  handle,
                  one,
                  p.x,
                  JcudaPointer.to(x),
                  p.y,
                  JcudaPointer.to(dy),
                  p.geometry,
                  algorithm,
                  scratch,
                  bytes,
                  zero,
                  p.w,
                  JcudaPointer.to(dw)));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
      Reference.reachabilityFence(dw);
    }
  }
}
