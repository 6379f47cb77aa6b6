package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Views;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * The fully connected layer y = x · Wᵀ + b (Rosenblatt, 1958, gave it its step function).
 *
 * <p><b>Shapes</b> x [batch, …, inputs] → y [batch, …, outputs]; parameters {@code weight}
 * [outputs, inputs] and {@code bias} [outputs].
 */
public final class Linear extends Layer {
  private final int inputs;
  private final int outputs;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates the layer with a bias. */
  public Linear(Setup setup, int inputs, int outputs) {
    this(setup, inputs, outputs, true);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param inputs features of x, at least 1
   * @param outputs features of y, at least 1
   * @param withBias whether there is a bias
   * @throws ArgumentException if a number is less than 1
   */
  public Linear(Setup setup, int inputs, int outputs, boolean withBias) {
    Checks.atLeast("linear", "inputs", inputs, 1);
    Checks.atLeast("linear", "outputs", outputs, 1);
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = parameter("weight", setup.weight(inputs, outputs, outputs, inputs));
    this.bias = withBias ? parameter("bias", setup.bias(inputs, outputs, outputs)) : null;
  }

  /** Returns W. */
  public Parameter weight() {
    return weight;
  }

  /** Returns b, or null if there is none. */
  public @Nullable Parameter bias() {
    return bias;
  }

  @Override
  public Variable forward(Variable x) {
    int rank = x.shape().rank();
    if (rank < 2 || x.shape().dim(rank - 1) != inputs) {
      throw new ShapeException(
          "linear",
          "x",
          x.shape(),
          "this layer takes [batch, ..., " + inputs + "]; flatten or reshape the input");
    }
    Variable b = bias == null ? null : bias.variable();
    if (rank == 2) {
      return Matmul.linear(x, weight.variable(), b);
    }
    Variable rows = x.reshape(x.shape().size() / inputs, inputs);
    Variable y = Matmul.linear(rows, weight.variable(), b);
    return Views.reshape(y, x.shape().with(rank - 1, outputs));
  }

  @Override
  public String toString() {
    return "Linear(" + inputs + ", " + outputs + (bias == null ? ", no bias" : "") + ")";
  }
}
