package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/** One step of {@link Lstm}; shapes and parameters: {@link RecurrentCellLayer}. */
public final class LstmCell extends RecurrentCellLayer {
  /**
   * What is carried from step to step.
   *
   * @param h [batch, units]
   * @param c [batch, units]
   */
  public record State(Variable h, Variable c) {}

  /** Creates the cell with biases. */
  public LstmCell(Setup setup, int inputs, int units) {
    this(setup, inputs, units, true);
  }

  /**
   * Creates the cell.
   *
   * @param setup how to make the parameters
   * @throws ArgumentException if a number is less than 1
   */
  public LstmCell(Setup setup, int inputs, int units, boolean withBias) {
    super(RecurrentCell.LSTM, setup, inputs, units, withBias);
  }

  /**
   * Returns the states after the step.
   *
   * @param x [batch, inputs]
   * @throws ShapeException if the shapes do not fit
   */
  public State forward(Variable x, State before) {
    Variable states = step(x, Pieces.stack(0, before.h(), before.c()));
    return new State(Views.select(states, 0, 1), Views.select(states, 0, 2));
  }
}
