package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * A layer of a transformer's encoder (Vaswani et al., 2017), or with a causal mask a block of a
 * language model: self-attention, then two fully connected layers on each token, each beside a
 * shortcut.
 *
 * <ul>
 *   <li>norm after (the paper): x ← norm1(x + attention(x)), y = norm2(x + mlp(x));
 *   <li>norm before (Xiong et al., 2020): x ← x + attention(norm1(x)), y = x + mlp(norm2(x)).
 * </ul>
 *
 * <p><b>Shapes</b> x and y [batch, tokens, width]; parts {@code self_attn}, {@code linear1}
 * [hidden, width], {@code linear2} [width, hidden], {@code norm1}, {@code norm2}.
 */
public final class TransformerEncoderLayer extends Layer {
  private final boolean normFirst;
  private final MultiHeadAttention attention;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final FeedForward mlp;
  private final Dropout dropout1;

  /** Creates the layer of the paper: norm after, ReLU. */
  public TransformerEncoderLayer(Setup setup, int width, int heads, int hidden, double dropout) {
    this(setup, width, heads, hidden, dropout, Activation.relu(), false);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param width features of a token
   * @param heads divides the width
   * @param hidden units between the fully connected layers
   * @param dropout the share to drop of attention weights, hidden units and both branches
   * @param activation between the fully connected layers
   * @param normFirst whether the norms come before the branches
   * @throws ArgumentException if a number is out of range
   */
  public TransformerEncoderLayer(
      Setup setup,
      int width,
      int heads,
      int hidden,
      double dropout,
      Activation activation,
      boolean normFirst) {
    this.normFirst = normFirst;
    attention = child("self_attn", new MultiHeadAttention(setup, width, heads, dropout, true));
    Linear linear1 = child("linear1", new Linear(setup, width, hidden));
    Linear linear2 = child("linear2", new Linear(setup, hidden, width));
    norm1 = child("norm1", new LayerNorm(setup, width));
    norm2 = child("norm2", new LayerNorm(setup, width));
    dropout1 = child("dropout1", new Dropout(setup, dropout));
    mlp =
        new FeedForward(
            linear1,
            activation,
            child("dropout", new Dropout(setup, dropout)),
            linear2,
            child("dropout2", new Dropout(setup, dropout)));
  }

  @Override
  public Variable forward(Variable x) {
    return forward(x, AttentionMask.NONE);
  }

  /**
   * Computes the layer.
   *
   * @param mask which tokens a token sees
   * @throws ShapeException if the shapes do not fit
   */
  public Variable forward(Variable x, AttentionMask mask) {
    if (normFirst) {
      Variable n = norm1.forward(x);
      Variable y = x.add(dropout1.forward(attention.attend(n, n, n, mask)));
      return y.add(mlp.forward(norm2.forward(y)));
    }
    Variable y = norm1.forward(x.add(dropout1.forward(attention.attend(x, x, x, mask))));
    return norm2.forward(y.add(mlp.forward(y)));
  }

  /**
   * Computes the layer causally for tokens that follow those in a cache, see {@link
   * MultiHeadAttention#attend(Variable, KeyValueCache)}.
   */
  public Variable forward(Variable x, KeyValueCache cache) {
    if (normFirst) {
      Variable y = x.add(dropout1.forward(attention.attend(norm1.forward(x), cache)));
      return y.add(mlp.forward(norm2.forward(y)));
    }
    Variable y = norm1.forward(x.add(dropout1.forward(attention.attend(x, cache))));
    return norm2.forward(y.add(mlp.forward(y)));
  }

  /** Returns an empty cache for so many samples and tokens. */
  public KeyValueCache cache(int batch, int capacity) {
    return attention.cache(batch, capacity);
  }

  @Override
  public String toString() {
    return "TransformerEncoderLayer(" + (normFirst ? "norm first)" : "norm last)");
  }

  /** The two fully connected layers of a transformer. */
  record FeedForward(
      Linear linear1, Activation activation, Dropout dropout, Linear linear2, Dropout dropout2) {
    Variable forward(Variable x) {
      Variable h = dropout.forward(activation.forward(linear1.forward(x)));
      return dropout2.forward(linear2.forward(h));
    }
  }
}
