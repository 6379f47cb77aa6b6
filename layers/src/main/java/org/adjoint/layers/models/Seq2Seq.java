package org.adjoint.layers.models;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Lstm;
import org.adjoint.layers.MultiplicativeAttention;
import org.adjoint.layers.Network;
import org.adjoint.layers.RecurrentResult;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.Tensor;

/**
 * From a sequence to another (Sutskever, Vinyals and Le, 2014): an LSTM reads, an LSTM that starts
 * from the reader's state writes, and looks back by multiplicative attention (Luong, Pham and
 * Manning, 2015): logits = W·tanh(W_c·[context; h]).
 *
 * <p><b>Shapes</b> int32 source [batch, steps] and the symbols written so far, int32 target [batch,
 * more steps] → logits of the next symbol [batch, more steps, target symbols].
 */
public final class Seq2Seq extends Network {
  private final Embedding letters;
  private final Embedding phonemes;
  private final Lstm encoder;
  private final Lstm decoder;
  private final MultiplicativeAttention attention;
  private final Linear combine;
  private final Linear head;

  /**
   * Creates the model.
   *
   * @param setup how to make the parameters
   * @param source how many symbols can be read
   * @param target how many can be written
   * @param width features of a symbol
   * @param units of the LSTMs
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public Seq2Seq(Setup setup, int source, int target, int width, int units) {
    letters = child("letters", new Embedding(setup, source, width));
    phonemes = child("phonemes", new Embedding(setup, target, width));
    encoder = child("encoder", new Lstm(setup, width, units));
    decoder = child("decoder", new Lstm(setup, width, units));
    attention = child("attention", new MultiplicativeAttention(setup, units, units));
    combine = child("combine", new Linear(setup, 2 * units, units));
    head = child("head", new Linear(setup, units, target));
  }

  /** Returns the logits of the symbol after each of the target's, teacher forced. */
  public Variable forward(Tensor source, Tensor target) {
    RecurrentResult read = encoder.run(letters.forward(source), null, null, null);
    RecurrentResult written = decoder.run(phonemes.forward(target), read.h(), read.c(), null);
    Variable context = attention.attend(written.y(), read.y(), null).context();
    return head.forward(combine.forward(Pieces.concat(2, context, written.y())).tanh());
  }
}
