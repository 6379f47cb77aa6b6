package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * One step of a recurrent network, for loops written by hand.
 *
 * <p><b>Shapes</b> x [batch, inputs], states [batch, units]; parameters, with G gates: {@code
 * weight_ih} [G·units, inputs], {@code weight_hh} [G·units, units], {@code bias_ih} and {@code
 * bias_hh} [G·units], as PyTorch names them and starts them.
 */
public abstract sealed class RecurrentCellLayer extends Network permits RnnCell, GruCell, LstmCell {
  private final RecurrentSpec spec;
  private final int inputs;
  private final int units;
  private final Parameter input;
  private final Parameter state;
  private final @Nullable Parameter inputBias;
  private final @Nullable Parameter bias;

  /** Creates the parameters. */
  RecurrentCellLayer(RecurrentCell cell, Setup setup, int inputs, int units, boolean withBias) {
    Checks.atLeast(cell.label(), "inputs", inputs, 1);
    Checks.atLeast(cell.label(), "units", units, 1);
    spec = new RecurrentSpec(cell, false);
    this.inputs = inputs;
    this.units = units;
    int wide = cell.gates() * units;
    input = parameter("weight_ih", setup.weight(units, units, wide, inputs));
    state = parameter("weight_hh", setup.weight(units, units, wide, units));
    inputBias = withBias ? parameter("bias_ih", setup.bias(units, units, wide)) : null;
    bias = withBias ? parameter("bias_hh", setup.bias(units, units, wide)) : null;
  }

  /** Returns the states [1 + states, batch, units]: h before and after, and the LSTM's c after. */
  final Variable step(Variable x, Variable initial) {
    if (x.shape().rank() != 2 || x.shape().dim(1) != inputs) {
      throw new ShapeException(
          spec.cell().label(), "x", x.shape(), "this cell takes [batch, " + inputs + "]");
    }
    Variable gates = Matmul.linear(x, input.variable(), RecurrentNetwork.variable(inputBias));
    return Recurrent.states(
        spec,
        gates.reshape(1, x.shape().dim(0), gates.shape().dim(1)),
        initial,
        state.variable(),
        RecurrentNetwork.variable(bias),
        null);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + inputs + ", " + units + ")";
  }
}
