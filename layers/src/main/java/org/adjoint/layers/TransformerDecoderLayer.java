package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * A layer of a transformer's decoder (Vaswani et al., 2017): self-attention, causal if nothing else
 * is said, attention over the encoder's results, then two fully connected layers on each token,
 * each beside a shortcut; norms after each sum, or before each branch, as in {@link
 * TransformerEncoderLayer}.
 *
 * <p><b>Shapes</b> x and y [batch, tokens, width], memory [batch, keys, width]; parts {@code
 * self_attn}, {@code multihead_attn}, {@code linear1}, {@code linear2}, {@code norm1}, {@code
 * norm2}, {@code norm3}.
 */
public final class TransformerDecoderLayer extends Network {
  private final boolean normFirst;
  private final MultiHeadAttention self;
  private final MultiHeadAttention cross;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final LayerNorm norm3;
  private final Dropout dropout1;
  private final Dropout dropout2;
  private final TransformerEncoderLayer.FeedForward mlp;

  /** Creates the layer of the paper: norm after, ReLU. */
  public TransformerDecoderLayer(Setup setup, int width, int heads, int hidden, double dropout) {
    this(setup, width, heads, hidden, dropout, Activation.relu(), false);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param width features of a token
   * @param heads divides the width
   * @param hidden units between the fully connected layers
   * @param dropout the share to drop of attention weights, hidden units and all branches
   * @param activation between the fully connected layers
   * @param normFirst whether the norms come before the branches
   * @throws ArgumentException if a number is out of range
   */
  public TransformerDecoderLayer(
      Setup setup,
      int width,
      int heads,
      int hidden,
      double dropout,
      Activation activation,
      boolean normFirst) {
    this.normFirst = normFirst;
    self = child("self_attn", new MultiHeadAttention(setup, width, heads, dropout, true));
    cross = child("multihead_attn", new MultiHeadAttention(setup, width, heads, dropout, true));
    Linear linear1 = child("linear1", new Linear(setup, width, hidden));
    Linear linear2 = child("linear2", new Linear(setup, hidden, width));
    norm1 = child("norm1", new LayerNorm(setup, width));
    norm2 = child("norm2", new LayerNorm(setup, width));
    norm3 = child("norm3", new LayerNorm(setup, width));
    dropout1 = child("dropout1", new Dropout(setup, dropout));
    dropout2 = child("dropout2", new Dropout(setup, dropout));
    mlp =
        new TransformerEncoderLayer.FeedForward(
            linear1,
            activation,
            child("dropout", new Dropout(setup, dropout)),
            linear2,
            child("dropout3", new Dropout(setup, dropout)));
  }

  /**
   * Computes the layer; token i sees the tokens 0 … i and all of the memory.
   *
   * @throws ShapeException if the shapes do not fit
   */
  public Variable forward(Variable x, Variable memory) {
    return forward(x, memory, AttentionMask.CAUSAL, AttentionMask.NONE);
  }

  /**
   * Computes the layer.
   *
   * @param tokens which tokens a token sees
   * @param ofMemory which keys of the memory it sees
   * @throws ShapeException if the shapes do not fit
   */
  public Variable forward(
      Variable x, Variable memory, AttentionMask tokens, AttentionMask ofMemory) {
    if (normFirst) {
      Variable n = norm1.forward(x);
      Variable y = x.add(dropout1.forward(self.attend(n, n, n, tokens)));
      Variable seen = cross.attend(norm2.forward(y), memory, memory, ofMemory);
      Variable z = y.add(dropout2.forward(seen));
      return z.add(mlp.forward(norm3.forward(z)));
    }
    Variable y = norm1.forward(x.add(dropout1.forward(self.attend(x, x, x, tokens))));
    Variable seen = cross.attend(y, memory, memory, ofMemory);
    Variable z = norm2.forward(y.add(dropout2.forward(seen)));
    return norm3.forward(z.add(mlp.forward(z)));
  }

  @Override
  public String toString() {
    return "TransformerDecoderLayer(" + (normFirst ? "norm first)" : "norm last)");
  }
}
