package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Adds to each token a fixed code of its position (Vaswani et al., 2017): p[t, 2i] = sin(t /
 * 10000^(2i/width)), p[t, 2i + 1] = cos of the same.
 *
 * <p><b>Shapes</b> x and y [batch, tokens, width]; no parameters.
 */
public final class SinusoidalPositions extends Layer {
  private final Tensor table;

  /**
   * Creates the layer.
   *
   * @param setup where the table lives
   * @param tokens how many positions there are
   * @param width features of a token
   * @throws ArgumentException if a number is less than 1
   */
  public SinusoidalPositions(Setup setup, int tokens, int width) {
    Checks.atLeast("sinusoidal_positions", "tokens", tokens, 1);
    Checks.atLeast("sinusoidal_positions", "width", width, 1);
    double[] p = new double[tokens * width];
    for (int i = 0; i < p.length; i++) {
      int t = i / width;
      int c = i % width;
      double angle = t * StrictMath.pow(10_000, -(c - c % 2) / (double) width);
      p[i] = c % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle);
    }
    table = table(setup, p, tokens, width);
  }

  private static Tensor table(Setup setup, double[] p, int tokens, int width) {
    if (setup.dtype() == DType.F64) {
      return Tensor.of(setup.device(), p, tokens, width);
    }
    float[] single = new float[p.length];
    for (int i = 0; i < p.length; i++) {
      single[i] = (float) p[i];
    }
    return Tensor.of(setup.device(), single, tokens, width);
  }

  @Override
  public Variable forward(Variable x) {
    return forward(x, 0);
  }

  /**
   * Adds the codes of the positions from {@code first} on.
   *
   * @throws ShapeException if there are not so many positions
   */
  public Variable forward(Variable x, int first) {
    requireTokens("sinusoidal_positions", x, first, table.dim(0), table.dim(1));
    return x.add(Variable.of(table.slice(0, first, first + x.shape().dim(1), 1)));
  }

  static void requireTokens(String op, Variable x, int first, int tokens, int width) {
    if (x.shape().rank() != 3 || x.shape().dim(2) != width) {
      throw new ShapeException(
          op, "x", x.shape(), "this layer takes [batch, tokens, " + width + "]");
    }
    if (first < 0 || first + x.shape().dim(1) > tokens) {
      throw new ShapeException(
          op,
          "positions",
          first + " to " + (first + x.shape().dim(1) - 1),
          "this layer has " + tokens + " of them, from 0 on");
    }
  }

  @Override
  public String toString() {
    return "SinusoidalPositions" + table.shape();
  }
}
