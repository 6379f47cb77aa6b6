package org.adjoint.layers;

import org.adjoint.autograd.Variable;

/**
 * A back-fed network (Jordan, 1986): what it put out at the step before comes back as an input, h =
 * tanh(W·x + b + U·y), y′ = V·h + c.
 *
 * <p><b>Shapes</b> x [batch, inputs], y [batch, outputs]; parameters {@code input.weight} [units,
 * inputs], {@code input.bias} [units], {@code back.weight} [units, outputs], {@code output.weight}
 * [outputs, units], {@code output.bias} [outputs].
 */
public final class BackFedCell extends Network {
  private final Linear input;
  private final Linear back;
  private final Linear output;

  /**
   * Creates the cell.
   *
   * @param setup how to make the parameters
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public BackFedCell(Setup setup, int inputs, int units, int outputs) {
    input = child("input", new Linear(setup, inputs, units));
    back = child("back", new Linear(setup, outputs, units, false));
    output = child("output", new Linear(setup, units, outputs));
  }

  /**
   * Returns the output after a step.
   *
   * @param y the output of the step before; at first 0
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit
   */
  public Variable forward(Variable x, Variable y) {
    return output.forward(input.forward(x).add(back.forward(y)).tanh());
  }
}
