package org.adjoint.cuda;

import org.adjoint.tensor.Tensor;

/**
 * A dense tensor around one of its axes: [outer, n, inner].
 *
 * @param outer the product of the extents before the axis
 * @param n the extent of the axis
 * @param inner the product of the extents behind it
 */
record Around(int outer, int n, int inner) {
  static Around of(Tensor x, int axis) {
    int outer = 1;
    int inner = 1;
    for (int a = 0; a < x.rank(); a++) {
      if (a < axis) {
        outer *= x.dim(a);
      } else if (a > axis) {
        inner *= x.dim(a);
      }
    }
    return new Around(outer, x.dim(axis), inner);
  }

  /** Returns how many lines lie along the axis. */
  int lines() {
    return outer * inner;
  }
}
