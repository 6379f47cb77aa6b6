package org.adjoint.cuda;

import java.util.Arrays;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Tensor;

/**
 * The common axes of two layouts of one shape, as the strided kernels of {@code elementwise.ptx}
 * take them: six, the innermost last, missing ones of extent 1. Neighbours that both layouts walk
 * with one stride are merged.
 */
final class StridedAxes {
  private static final int AXES = 6;

  private final int[] dims = new int[AXES];
  private final int[] outStrides = new int[AXES];
  private final int[] strides = new int[AXES];
  private final boolean fits;

  StridedAxes(Tensor out, Tensor x) {
    Arrays.fill(dims, 1);
    Layout a = out.layout();
    Layout b = x.layout();
    int at = AXES;
    for (int axis = out.rank() - 1; axis >= 0 && at >= 0; axis--) {
      int extent = out.dim(axis);
      if (extent == 1) {
        continue;
      }
      boolean merged =
          at < AXES
              && a.stride(axis) == (long) outStrides[at] * dims[at]
              && b.stride(axis) == (long) strides[at] * dims[at];
      if (merged) {
        dims[at] *= extent;
      } else if (--at >= 0) {
        dims[at] = extent;
        outStrides[at] = a.stride(axis);
        strides[at] = b.stride(axis);
      }
    }
    fits = at >= 0;
  }

  /** Returns whether six axes are enough. */
  boolean fits() {
    return fits;
  }

  /** Adds the extents of all axes but the first, which follows from the size. */
  Launch extents(Launch launch) {
    for (int i = 1; i < AXES; i++) {
      launch.integer(dims[i]);
    }
    return launch;
  }

  /** Adds the strides of the result. */
  Launch outStrides(Launch launch) {
    for (int stride : outStrides) {
      launch.integer(stride);
    }
    return launch;
  }

  /** Adds the strides of the operand. */
  Launch strides(Launch launch) {
    for (int stride : strides) {
      launch.integer(stride);
    }
    return launch;
  }
}
