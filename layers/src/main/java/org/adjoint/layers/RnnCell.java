package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/** One step of {@link Rnn}; shapes and parameters: {@link RecurrentCellLayer}. */
public final class RnnCell extends RecurrentCellLayer {
  /** Creates the cell with tanh and biases. */
  public RnnCell(Setup setup, int inputs, int units) {
    this(setup, inputs, units, false, true);
  }

  /**
   * Creates the cell.
   *
   * @param setup how to make the parameters
   * @param relu whether max(·, 0) stands in place of tanh
   * @throws ArgumentException if a number is less than 1
   */
  public RnnCell(Setup setup, int inputs, int units, boolean relu, boolean withBias) {
    super(relu ? RecurrentCell.RNN_RELU : RecurrentCell.RNN_TANH, setup, inputs, units, withBias);
  }

  /**
   * Returns h after the step.
   *
   * @param x [batch, inputs]
   * @param h [batch, units], h before the step
   * @throws ShapeException if the shapes do not fit
   */
  public Variable forward(Variable x, Variable h) {
    return Views.select(step(x, Views.unsqueeze(h, 0)), 0, 1);
  }
}
