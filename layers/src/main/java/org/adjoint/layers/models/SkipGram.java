package org.adjoint.layers.models;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Views;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.Tensor;

/**
 * Word vectors by predicting neighbours (Mikolov et al., 2013): a word has a vector as a centre and
 * another as a neighbour, and their product scores whether the two belong together.
 *
 * <p><b>Shapes</b> int32 centres [batch] and candidates [batch, n] → scores [batch, n].
 */
public final class SkipGram extends Network {
  private final Embedding centres;
  private final Embedding neighbours;

  /**
   * Creates the tables.
   *
   * @param setup how to make the parameters
   * @param words how many there are
   * @param width features of a word
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public SkipGram(Setup setup, int words, int width) {
    centres = child("0", new Embedding(setup, words, width));
    neighbours = child("1", new Embedding(setup, words, width));
  }

  /** Returns the score of each candidate as a neighbour of the centre. */
  public Variable forward(Tensor centre, Tensor candidates) {
    Variable column = Views.unsqueeze(centres.forward(centre), 2);
    return Views.squeeze(neighbours.forward(candidates).matmul(column), 2);
  }
}
