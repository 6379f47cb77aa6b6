package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.kernels.Pool2dSpec;

/**
 * The maximum of each window (Weng, Ahuja and Huang, 1992; Riesenhuber and Poggio, 1999).
 *
 * <p><b>Shapes</b> x [batch, c, h, w] → y [batch, c, h′, w′] with h′ = ⌊(h + 2·pad − d·(kernel − 1)
 * − 1)/s⌋ + 1, d being the dilation; no parameters.
 */
public final class MaxPool2d extends Layer {
  private final Pool2dSpec spec;

  /** Creates a layer of square windows that do not overlap. */
  public MaxPool2d(int kernel) {
    this(Pool2dSpec.of(kernel, kernel));
  }

  /** Creates a layer of any geometry. */
  public MaxPool2d(Pool2dSpec spec) {
    this.spec = spec;
  }

  @Override
  public Variable forward(Variable x) {
    return Pooling.maxPool2d(x, spec);
  }

  @Override
  public String toString() {
    return "MaxPool2d" + text(spec);
  }

  static String text(Pool2dSpec spec) {
    String s = "(" + spec.kernelH() + "x" + spec.kernelW();
    if (spec.strideH() != spec.kernelH() || spec.strideW() != spec.kernelW()) {
      s += ", stride " + spec.strideH() + "x" + spec.strideW();
    }
    if (spec.padH() != 0 || spec.padW() != 0) {
      s += ", padding " + spec.padH() + "x" + spec.padW();
    }
    if (spec.dilationH() != 1 || spec.dilationW() != 1) {
      s += ", dilation " + spec.dilationH() + "x" + spec.dilationW();
    }
    return s + (spec.ceil() ? ", rounded up)" : ")");
  }
}
