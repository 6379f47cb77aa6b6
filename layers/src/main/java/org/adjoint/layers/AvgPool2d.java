package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;

/**
 * The mean of each window (the sub-sampling of LeCun et al., 1989, without coefficients).
 *
 * <p><b>Shapes</b> x [batch, c, h, w] → y [batch, c, h′, w′] with h′ = ⌊(h + 2·pad − kernel)/s⌋ +
 * 1; no parameters.
 */
public final class AvgPool2d extends Layer {
  private final Pool2dSpec spec;
  private final boolean countPadding;

  /** What sums are divided by instead of what counts, or 0. */
  private final int divisor;

  /** Creates a layer of square windows that do not overlap. */
  public AvgPool2d(int kernel) {
    this(Pool2dSpec.of(kernel, kernel));
  }

  /** Creates a layer of any geometry, in which padded zeros count. */
  public AvgPool2d(Pool2dSpec spec) {
    this(spec, true);
  }

  /** Creates a layer of any geometry, in which padded zeros count or not. */
  public AvgPool2d(Pool2dSpec spec, boolean countPadding) {
    this.spec = spec;
    this.countPadding = countPadding;
    divisor = 0;
  }

  /**
   * Creates a layer that divides the sum of each window by a number.
   *
   * @throws ArgumentException if the divisor is 0
   */
  public AvgPool2d(Pool2dSpec spec, int divisor) {
    if (divisor == 0) {
      throw new ArgumentException("avg_pool2d", "divisor", divisor, "it must not be 0");
    }
    this.spec = spec;
    this.countPadding = true;
    this.divisor = divisor;
  }

  @Override
  public Variable forward(Variable x) {
    return divisor == 0
        ? Pooling.avgPool2d(x, spec, countPadding)
        : Pooling.avgPool2d(x, spec, divisor);
  }

  @Override
  public String toString() {
    return "AvgPool2d" + MaxPool2d.text(spec);
  }
}
