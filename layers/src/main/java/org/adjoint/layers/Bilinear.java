package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * A bilinear form for each output, y[n, o] = a[n]ᵀ · W[o] · b[n] + bias[o].
 *
 * <p><b>Shapes</b> a [batch, first], b [batch, second] → y [batch, outputs]; parameters {@code
 * weight} [outputs, first, second] and {@code bias} [outputs].
 */
public final class Bilinear extends Network {
  private final int first;
  private final int second;
  private final int outputs;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param first features of a
   * @param second features of b
   * @param outputs features of y
   * @param withBias whether there is a bias
   * @throws ArgumentException if a number is less than 1
   */
  public Bilinear(Setup setup, int first, int second, int outputs, boolean withBias) {
    Checks.atLeast("bilinear", "first", first, 1);
    Checks.atLeast("bilinear", "second", second, 1);
    Checks.atLeast("bilinear", "outputs", outputs, 1);
    this.first = first;
    this.second = second;
    this.outputs = outputs;
    weight = parameter("weight", setup.weight(first, outputs, outputs, first, second));
    bias = withBias ? parameter("bias", setup.bias(first, outputs, outputs)) : null;
  }

  /**
   * Computes y.
   *
   * @throws ShapeException if a or b does not fit
   */
  public Variable forward(Variable a, Variable b) {
    require("a", a, first);
    require("b", b, second);
    int batch = a.shape().dim(0);
    if (b.shape().dim(0) != batch) {
      throw new ShapeException("bilinear", "b", b.shape(), "its batch must be that of a, " + batch);
    }
    // b · W[o]ᵀ for all o at once, then a row of it times a.
    Variable w = weight.variable().reshape(outputs * first, second);
    Variable right = b.matmul(w.transpose(0, 1)).reshape(batch, outputs, first);
    Variable y = right.matmul(a.reshape(batch, first, 1)).reshape(batch, outputs);
    return bias == null ? y : y.add(bias.variable());
  }

  private static void require(String name, Variable x, int width) {
    if (x.shape().rank() != 2 || x.shape().dim(1) != width) {
      throw new ShapeException(
          "bilinear", name, x.shape(), "this layer takes [batch, " + width + "]");
    }
  }

  @Override
  public String toString() {
    return "Bilinear(" + first + ", " + second + ", " + outputs + ")";
  }
}
