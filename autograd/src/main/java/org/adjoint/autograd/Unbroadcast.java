package org.adjoint.autograd;

import java.util.Arrays;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Views;
import org.adjoint.tensor.Shape;

/** The transpose of broadcasting: what was copied along an axis is summed along it. */
final class Unbroadcast {
  private Unbroadcast() {}

  /** Returns {@code gradient} summed to {@code shape}, from which its shape was broadcast. */
  static Variable to(Shape shape, Variable gradient) {
    Shape from = gradient.shape();
    if (from.equals(shape)) {
      return gradient;
    }
    int shift = from.rank() - shape.rank();
    int count = 0;
    int[] axes = new int[from.rank()];
    for (int a = 0; a < from.rank(); a++) {
      if (a < shift || (shape.dim(a - shift) == 1 && from.dim(a) != 1)) {
        axes[count++] = a;
      }
    }
    Variable sum = Reductions.sum(gradient, Arrays.copyOf(axes, count));
    return Views.reshape(sum, shape);
  }
}
