package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Gated recurrent units (Cho et al., 2014) with the reset gate behind the product, as in PyTorch
 * and cuDNN: r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z likewise, n = tanh(W_in·x + b_in + r·(W_hn·h +
 * b_hn)), h′ = (1 − z)·n + z·h.
 *
 * <p>Shapes and parameters: {@link RecurrentNetwork}.
 */
public final class Gru extends RecurrentNetwork {
  /** Creates one layer. */
  public Gru(Setup setup, int inputs, int units) {
    this(setup, inputs, units, RecurrentOptions.DEFAULT);
  }

  /**
   * Creates the layers.
   *
   * @param setup how to make the parameters
   * @param inputs features of x, at least 1
   * @param units features of h, at least 1
   * @throws ArgumentException if a number is less than 1
   */
  public Gru(Setup setup, int inputs, int units, RecurrentOptions options) {
    super(RecurrentCell.GRU, setup, inputs, units, options);
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
