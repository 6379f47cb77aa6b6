package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) with forget gates (Gers, Schmidhuber
 * and Cummins, 2000): i, f, o = σ(W_i·x + b_i + W_h·h + b_h) each with its own weights, g = tanh of
 * the same form, c′ = f·c + i·g, h′ = o·tanh(c′). The gates lie in the order i, f, g, o.
 *
 * <p>Shapes and parameters: {@link RecurrentNetwork}.
 */
public final class Lstm extends RecurrentNetwork {
  /** Creates one layer. */
  public Lstm(Setup setup, int inputs, int units) {
    this(setup, inputs, units, RecurrentOptions.DEFAULT);
  }

  /**
   * Creates the layers.
   *
   * @param setup how to make the parameters
   * @param inputs features of x, at least 1
   * @param units features of h and c, at least 1
   * @throws ArgumentException if a number is less than 1
   */
  public Lstm(Setup setup, int inputs, int units, RecurrentOptions options) {
    super(RecurrentCell.LSTM, setup, inputs, units, options);
  }

  /**
   * Runs over sequences.
   *
   * @param x the inputs
   * @param h what each layer and direction begins with, [layers · directions, batch, units]; null
   *     for 0
   * @param c the same for c; h and c are given together
   * @param lengths int32 [batch], the number of steps of each sequence, or null if all are as long
   * @throws ShapeException if the shapes do not fit, or a length is not from 0 to the steps of x
   * @throws ArgumentException if one of h and c is null and the other not
   */
  @Override
  public RecurrentResult run(
      Variable x, @Nullable Variable h, @Nullable Variable c, @Nullable Tensor lengths) {
    if ((h == null) != (c == null)) {
      throw new ArgumentException(
          "lstm", h == null ? "h" : "c", "null", "give both h and c, or neither");
    }
    return super.run(x, h, c, lengths);
  }
}
