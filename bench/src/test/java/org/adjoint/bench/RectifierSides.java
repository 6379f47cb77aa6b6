package org.adjoint.bench;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.Tensor;

/**
 * Notes on which side of its kink each input of a rectifier lies, call by call; what is computed
 * stays as it is. Equal are those that have noted the same sides.
 */
final class RectifierSides implements UserKernel {
  private final List<BitSet> above = new ArrayList<>();

  @Override
  public String name() {
    return "rectifier_sides";
  }

  @Override
  public String op() {
    return "relu";
  }

  @Override
  public Kernels over(Kernels kernels) {
    ElementwiseKernels noting =
        new ForwardingKernels.Elementwise(kernels.elementwise()) {
          @Override
          public void unary(UnaryOp f, Tensor x, double alpha, double beta, Tensor out) {
            if (f == UnaryOp.RELU || f == UnaryOp.LEAKY_RELU) {
              note(x.toDoubleArray());
            }
            super.unary(f, x, alpha, beta, out);
          }
        };
    return new ForwardingKernels(kernels) {
      @Override
      public ElementwiseKernels elementwise() {
        return noting;
      }
    };
  }

  private void note(double... x) {
    BitSet positive = new BitSet(x.length);
    for (int i = 0; i < x.length; i++) {
      positive.set(i, x[i] > 0);
    }
    above.add(positive);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RectifierSides sides && above.equals(sides.above);
  }

  @Override
  public int hashCode() {
    return above.hashCode();
  }
}
