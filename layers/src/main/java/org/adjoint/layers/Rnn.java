package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The simple recurrent network h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh) (Elman, 1990), or with
 * max(·, 0) in place of tanh (Le, Jaitly and Hinton, 2015).
 *
 * <p>Shapes and parameters: {@link RecurrentNetwork}.
 */
public final class Rnn extends RecurrentNetwork {
  /** Creates one layer with tanh. */
  public Rnn(Setup setup, int inputs, int units) {
    this(setup, inputs, units, false, RecurrentOptions.DEFAULT);
  }

  /**
   * Creates the layers.
   *
   * @param setup how to make the parameters
   * @param inputs features of x, at least 1
   * @param units features of h, at least 1
   * @param relu whether max(·, 0) stands in place of tanh
   * @throws ArgumentException if a number is less than 1
   */
  public Rnn(Setup setup, int inputs, int units, boolean relu, RecurrentOptions options) {
    super(relu ? RecurrentCell.RNN_RELU : RecurrentCell.RNN_TANH, setup, inputs, units, options);
  }

  /**
   * Runs over sequences.
   *
   * @param x the inputs
   * @param h what each layer and direction begins with, [layers · directions, batch, units]; null
   *     for 0
   * @param lengths int32 [batch], the number of steps of each sequence, or null if all are as long
   * @throws ShapeException if the shapes do not fit, or a length is not from 0 to the steps of x
   */
  public RecurrentResult run(Variable x, @Nullable Variable h, @Nullable Tensor lengths) {
    return run(x, h, null, lengths);
  }
}
