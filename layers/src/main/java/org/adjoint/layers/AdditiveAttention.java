package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Additive attention (Bahdanau, Cho and Bengio, 2015): the score of a key for a query is vᵀ ·
 * tanh(W·query + U·key), and the context is the mean of the keys by the softmax of their scores.
 *
 * <p><b>Shapes</b> queries [batch, queries, queryWidth], keys [batch, keys, keyWidth] → context
 * [batch, queries, keyWidth], weights [batch, queries, keys]; parameters {@code query.weight}
 * [hidden, queryWidth], {@code key.weight} [hidden, keyWidth], {@code score.weight} [1, hidden].
 */
public final class AdditiveAttention extends Network {
  private final Linear query;
  private final Linear key;
  private final Linear score;

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param hidden units of the hidden layer
   * @throws ArgumentException if a number is less than 1
   */
  public AdditiveAttention(Setup setup, int queryWidth, int keyWidth, int hidden) {
    query = child("query", new Linear(setup, queryWidth, hidden, false));
    key = child("key", new Linear(setup, keyWidth, hidden, false));
    score = child("score", new Linear(setup, hidden, 1, false));
  }

  /**
   * Returns what each query sees.
   *
   * @param mask added to the scores, a constant that broadcasts to [batch, queries, keys], or null
   * @throws ShapeException if the shapes do not fit
   */
  public AttentionResult attend(Variable queries, Variable keys, @Nullable Tensor mask) {
    requireTokens(queries, keys);
    int batch = queries.shape().dim(0);
    int count = queries.shape().dim(1);
    int seen = keys.shape().dim(1);
    Variable q = query.forward(queries).reshape(batch, count, 1, -1);
    Variable k = key.forward(keys).reshape(batch, 1, seen, -1);
    Variable scores = score.forward(q.add(k).tanh()).reshape(batch, count, seen);
    return weighted(scores, keys, mask);
  }

  static void requireTokens(Variable queries, Variable keys) {
    if (queries.shape().rank() != 3) {
      throw new ShapeException(
          "attention", "queries", queries.shape(), "they must be [batch, queries, width]");
    }
    if (keys.shape().rank() != 3 || keys.shape().dim(0) != queries.shape().dim(0)) {
      throw new ShapeException(
          "attention",
          "keys",
          keys.shape(),
          "they must be [batch, keys, width] with the batch of the queries " + queries.shape());
    }
  }

  static AttentionResult weighted(Variable scores, Variable keys, @Nullable Tensor mask) {
    Variable masked = mask == null ? scores : scores.add(Variable.of(mask));
    Variable weights = Softmax.softmax(masked, 2);
    return new AttentionResult(weights.matmul(keys), weights);
  }
}
