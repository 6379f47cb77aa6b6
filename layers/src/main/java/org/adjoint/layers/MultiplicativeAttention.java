package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Multiplicative attention (Luong, Pham and Manning, 2015): the score of a key for a query is
 * queryᵀ · W · key (their "general" form), and the context is the mean of the keys by the softmax
 * of their scores.
 *
 * <p><b>Shapes</b> queries [batch, queries, queryWidth], keys [batch, keys, keyWidth] → context
 * [batch, queries, keyWidth], weights [batch, queries, keys]; parameter {@code score.weight}
 * [keyWidth, queryWidth].
 */
public final class MultiplicativeAttention extends Network {
  private final Linear score;

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameter
   * @throws ArgumentException if a number is less than 1
   */
  public MultiplicativeAttention(Setup setup, int queryWidth, int keyWidth) {
    score = child("score", new Linear(setup, queryWidth, keyWidth, false));
  }

  /**
   * Returns what each query sees.
   *
   * @param mask added to the scores, a constant that broadcasts to [batch, queries, keys], or null
   * @throws ShapeException if the shapes do not fit
   */
  public AttentionResult attend(Variable queries, Variable keys, @Nullable Tensor mask) {
    AdditiveAttention.requireTokens(queries, keys);
    Variable scores = score.forward(queries).matmul(keys.transpose(1, 2));
    return AdditiveAttention.weighted(scores, keys, mask);
  }
}
