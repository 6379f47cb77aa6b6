package org.adjoint.layers;

import org.adjoint.tensor.ArgumentException;

/**
 * How {@link Rnn}, {@link Gru} and {@link Lstm} are built.
 *
 * <pre>{@code
 * new Lstm(setup, 64, 256, RecurrentOptions.DEFAULT.layers(2).dropout(0.2));
 * }</pre>
 *
 * @param layers how many stand one above the other, at least 1
 * @param bidirectional whether each layer also runs from the end, and its outputs are side by side
 * @param batchFirst whether x and y are [batch, steps, …], else [steps, batch, …]
 * @param dropout the share of elements dropped between layers in training mode, in [0, 1]
 * @param bias whether there are biases
 */
public record RecurrentOptions(
    int layers, boolean bidirectional, boolean batchFirst, double dropout, boolean bias) {
  /** One layer, forward only, the batch first, with biases. */
  public static final RecurrentOptions DEFAULT = new RecurrentOptions(1, false, true, 0, true);

  /**
   * Checks the ranges.
   *
   * @throws ArgumentException if the number of layers or the dropout is out of range
   */
  public RecurrentOptions {
    Checks.atLeast("recurrent", "layers", layers, 1);
    Checks.probability("recurrent", "dropout", dropout);
  }

  /** Returns the same with so many layers. */
  public RecurrentOptions layers(int count) {
    return new RecurrentOptions(count, bidirectional, batchFirst, dropout, bias);
  }

  /** Returns the same in both directions. */
  public RecurrentOptions bothWays() {
    return new RecurrentOptions(layers, true, batchFirst, dropout, bias);
  }

  /** Returns the same with the steps first. */
  public RecurrentOptions stepsFirst() {
    return new RecurrentOptions(layers, bidirectional, false, dropout, bias);
  }

  /** Returns the same with so much dropout between layers. */
  public RecurrentOptions dropout(double share) {
    return new RecurrentOptions(layers, bidirectional, batchFirst, share, bias);
  }

  /** Returns the same without biases. */
  public RecurrentOptions withoutBias() {
    return new RecurrentOptions(layers, bidirectional, batchFirst, dropout, false);
  }

  int directions() {
    return bidirectional ? 2 : 1;
  }
}
