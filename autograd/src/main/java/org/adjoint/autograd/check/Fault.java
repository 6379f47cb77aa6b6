package org.adjoint.autograd.check;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Views;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** What can be wrong with a gradient. */
enum Fault {
  /** The wrong sign. */
  SIGN,
  /** A factor that is a little off. */
  SCALE,
  /** The largest element is forgotten. */
  ZEROED,
  /** The two neighbours that differ most are exchanged. */
  SWAPPED,
  /** The gradient of a broadcast operand is that of one copy instead of the sum. */
  NOT_SUMMED;

  /** Returns what the faulty rule gives instead of {@code g} for an operand of this shape. */
  Variable apply(Variable g, Shape operand) {
    if (this == NOT_SUMMED) {
      return g.shape().equals(operand) ? g : firstCopy(g, operand);
    }
    Variable sum = g.shape().equals(operand) ? g : summed(g, operand);
    return switch (this) {
      case SIGN -> sum.mul(-1);
      case SCALE -> sum.mul(1.001);
      case ZEROED -> sum.mul(mask(sum));
      default -> swapped(sum);
    };
  }

  private static Variable firstCopy(Variable g, Shape operand) {
    Variable v = g;
    int shift = g.shape().rank() - operand.rank();
    for (int a = 0; a < g.shape().rank(); a++) {
      boolean copied = a < shift || operand.dim(a - shift) != g.shape().dim(a);
      if (copied && v.shape().dim(a) > 0) {
        v = v.slice(a, 0, 1);
      }
    }
    return v.shape().size() == operand.size() ? v.reshape(operand.toArray()) : g;
  }

  private static Variable summed(Variable g, Shape operand) {
    Variable v = g;
    int shift = g.shape().rank() - operand.rank();
    for (int a = 0; a < g.shape().rank(); a++) {
      if (a < shift || operand.dim(a - shift) != g.shape().dim(a)) {
        v = Reductions.keepAxes(Reductions.sum(v, a), v.shape(), a);
      }
    }
    return v.reshape(operand.toArray());
  }

  private static Variable mask(Variable g) {
    double[] v = g.value().toDoubleArray();
    int largest = 0;
    for (int i = 0; i < v.length; i++) {
      largest = Math.abs(v[i]) > Math.abs(v[largest]) ? i : largest;
    }
    double[] mask = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      mask[i] = i == largest ? 0 : 1;
    }
    return Variable.of(Tensor.of(g.value().device(), mask, g.shape().toArray()));
  }

  private static Variable swapped(Variable g) {
    double[] v = g.value().toDoubleArray();
    if (v.length < 2) {
      return g;
    }
    int most = 0;
    for (int i = 0; i + 1 < v.length; i++) {
      if (Math.abs(v[i] - v[i + 1]) > Math.abs(v[most] - v[most + 1])) {
        most = i;
      }
    }
    int[] index = Layout.contiguous(Shape.of(v.length)).positions();
    index[most] = most + 1;
    index[most + 1] = most;
    Device device = g.value().device();
    Variable flat = Views.reshape(g, -1);
    Variable moved = Indexing.gather(flat, 0, Tensor.of(device, index, v.length));
    return moved.reshape(g.shape().toArray());
  }

  /** Returns whether two gradients differ by more than rounding. */
  static boolean differs(Variable before, Variable after) {
    if (before == after || before.dtype() == DType.I32) {
      return false;
    }
    Variable a = before.shape().equals(after.shape()) ? before : summed(before, after.shape());
    double[] x = a.value().toDoubleArray();
    double[] y = after.value().toDoubleArray();
    double largest = 0;
    double distance = 0;
    for (int i = 0; i < x.length; i++) {
      largest = Math.max(largest, Math.abs(x[i]));
      distance = Math.max(distance, Math.abs(x[i] - y[i]));
    }
    return distance > 1e-12 * largest;
  }
}
