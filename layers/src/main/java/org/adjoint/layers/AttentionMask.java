package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Which keys the queries of an attention see. What is added to scores is 0 for a key that is seen
 * and −∞ for one that is not ({@link Attention#additive} makes it of ones and zeros), or any
 * preference; a query that sees no key gets 0.
 *
 * <pre>{@code
 * AttentionMask.CAUSAL.padding(Attention.additive(isToken))
 * }</pre>
 *
 * @param scores added to the scores, a constant that broadcasts to [batch, heads, queries, keys],
 *     or null (PyTorch's {@code attn_mask})
 * @param padding added to all scores of a key, a constant [batch, keys], or null (PyTorch's {@code
 *     key_padding_mask})
 * @param causal whether query i sees the keys 0 … i alone (PyTorch's {@code is_causal})
 */
public record AttentionMask(@Nullable Tensor scores, @Nullable Tensor padding, boolean causal) {
  /** Every query sees every key. */
  public static final AttentionMask NONE = new AttentionMask(null, null, false);

  /** Query i sees the keys 0 … i. */
  public static final AttentionMask CAUSAL = new AttentionMask(null, null, true);

  /** Returns this mask with {@link #scores}. */
  public AttentionMask scores(Tensor added) {
    return new AttentionMask(added, padding, causal);
  }

  /** Returns this mask with {@link #padding}. */
  public AttentionMask padding(Tensor added) {
    return new AttentionMask(scores, added, causal);
  }

  /**
   * Returns what is added to the scores, causality aside.
   *
   * @throws ShapeException if the padding is not [batch, keys], or the two do not broadcast
   */
  @Nullable Tensor added(int batch, int keys) {
    if (padding == null) {
      return scores;
    }
    if (padding.shape().rank() != 2 || padding.dim(0) != batch || padding.dim(1) != keys) {
      throw new ShapeException(
          "attention",
          "padding",
          padding.shape(),
          "it must be [batch, keys] = [" + batch + ", " + keys + "]");
    }
    Variable ofKeys = Variable.of(padding).reshape(batch, 1, 1, keys);
    return scores == null ? ofKeys.value() : Variable.of(scores).add(ofKeys).value();
  }
}
