package org.adjoint.layers.models;

import org.adjoint.autograd.Variable;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.RecurrentNetwork;
import org.adjoint.layers.Setup;

/**
 * A model of text that reads character by character: vectors of characters, a recurrent network, a
 * linear layer to the next character.
 *
 * <p><b>Shapes</b> int32 characters [batch, steps] → logits [batch, steps, vocabulary].
 */
public final class CharModel extends Layer {
  private final Embedding embedding;
  private final RecurrentNetwork recurrent;
  private final Linear head;

  /** Makes a recurrent network of so many inputs and units. */
  @FunctionalInterface
  public interface Network {
    /** Returns a network that takes the batch first and runs forward only. */
    RecurrentNetwork make(Setup setup, int inputs, int units);
  }

  /**
   * Creates the model.
   *
   * @param setup how to make the parameters
   * @param vocabulary how many characters there are
   * @param width features of a character
   * @param units of the network
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public CharModel(Setup setup, Network network, int vocabulary, int width, int units) {
    embedding = child("embedding", new Embedding(setup, vocabulary, width));
    recurrent = child("recurrent", network.make(setup, width, units));
    head = child("head", new Linear(setup, units, vocabulary));
  }

  @Override
  public Variable forward(Variable x) {
    return head.forward(recurrent.forward(embedding.forward(x)));
  }
}
