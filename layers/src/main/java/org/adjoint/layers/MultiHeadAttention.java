package org.adjoint.layers;

import java.util.List;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention (Vaswani et al., 2017): queries, keys and values are projected and cut into
 * heads; each head computes softmax(q · kᵀ / √d) · v, d = width / heads; the heads side by side are
 * projected once more. The weights of all pairs never exist at once ({@link Attention}).
 *
 * <p><b>Shapes</b> queries [batch, queries, width], keys [batch, keys, keyWidth], values [batch,
 * keys, valueWidth] → y [batch, queries, width]; parameters {@code in_proj_weight} [3·width, width]
 * (for queries, keys, values, one below the other), or where their widths differ {@code
 * q_proj_weight} [width, width], {@code k_proj_weight} [width, keyWidth] and {@code v_proj_weight}
 * [width, valueWidth]; {@code in_proj_bias} [3·width], {@code out_proj.weight} [width, width],
 * {@code out_proj.bias} [width]. In training mode, weights are dropped by a stream that a
 * checkpoint saves.
 */
public final class MultiHeadAttention extends Layer {
  private static final int QUERY = 0;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final List<String> NAMES = List.of("query", "key", "value");

  private final int width;
  private final int heads;
  private final double dropout;

  /** One for queries, keys and values, or one for each. */
  private final List<Parameter> weights;

  /** Features of queries, keys and values. */
  private final List<Integer> widths;

  private final @Nullable Parameter bias;
  private final Linear out;
  private final @Nullable RandomStream random;

  /** Creates the layer with biases and without dropout. */
  public MultiHeadAttention(Setup setup, int width, int heads) {
    this(setup, width, heads, 0, true);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the parameters
   * @param width features of queries, keys, values and results
   * @param heads divides the width
   * @param dropout the share of weights to drop in training, in [0, 1]
   * @param withBias whether the projections have biases
   * @throws ArgumentException if heads do not divide the width, or a number is out of range
   */
  public MultiHeadAttention(Setup setup, int width, int heads, double dropout, boolean withBias) {
    this(setup, width, heads, width, width, dropout, withBias);
  }

  /**
   * Creates the layer for keys and values of other widths than the queries.
   *
   * @param setup how to make the parameters
   * @param width features of queries and results
   * @param heads divides the width
   * @param keyWidth features of keys
   * @param valueWidth features of values
   * @param dropout the share of weights to drop in training, in [0, 1]
   * @param withBias whether the projections have biases
   * @throws ArgumentException if heads do not divide the width, or a number is out of range
   */
  public MultiHeadAttention(
      Setup setup,
      int width,
      int heads,
      int keyWidth,
      int valueWidth,
      double dropout,
      boolean withBias) {
    Checks.atLeast("multi_head_attention", "width", width, 1);
    Checks.atLeast("multi_head_attention", "keyWidth", keyWidth, 1);
    Checks.atLeast("multi_head_attention", "valueWidth", valueWidth, 1);
    Checks.divides("multi_head_attention", "heads", heads, "width", width);
    Checks.probability("multi_head_attention", "dropout", dropout);
    this.width = width;
    this.heads = heads;
    this.dropout = dropout;
    widths = List.of(width, keyWidth, valueWidth);
    weights =
        keyWidth == width && valueWidth == width
            ? List.of(parameter("in_proj_weight", setup.weight(width, 3 * width, 3 * width, width)))
            : List.of(
                parameter("q_proj_weight", setup.weight(width, width, width, width)),
                parameter("k_proj_weight", setup.weight(keyWidth, width, width, keyWidth)),
                parameter("v_proj_weight", setup.weight(valueWidth, width, width, valueWidth)));
    bias = withBias ? parameter("in_proj_bias", setup.bias(width, 3 * width, 3 * width)) : null;
    out = child("out_proj", new Linear(setup, width, width, withBias));
    random = dropout > 0 ? stream("dropout", setup.fork()) : null;
  }

  /** Returns self-attention, in which every token sees every token of its sample. */
  @Override
  public Variable forward(Variable x) {
    return attend(x, x, x, AttentionMask.NONE);
  }

  /**
   * Returns attention of queries over keys.
   *
   * @throws ShapeException if the shapes do not fit
   */
  public Variable attend(Variable query, Variable key, Variable value, AttentionMask mask) {
    requireTokens(QUERY, query);
    requireTokens(KEY, key);
    requireTokens(VALUE, value);
    Tensor added = mask.added(query.shape().dim(0), key.shape().dim(1));
    Variable q = projected(query, QUERY);
    return mixed(q, projected(key, KEY), projected(value, VALUE), added, mask.causal(), 0);
  }

  /**
   * Returns causal self-attention of tokens that follow those in the cache, to which they are
   * added. For generation: nothing is recorded.
   *
   * @throws ShapeException if the shapes do not fit, or the cache is full
   */
  public Variable attend(Variable x, KeyValueCache cache) {
    requireTokens(QUERY, x);
    requireTokens(KEY, x);
    requireTokens(VALUE, x);
    int past = cache.length();
    cache.append(projected(x, KEY).value(), projected(x, VALUE).value());
    Variable keys = Variable.of(cache.keys());
    return mixed(projected(x, QUERY), keys, Variable.of(cache.values()), null, true, past);
  }

  /** Returns an empty cache for so many samples and tokens. */
  public KeyValueCache cache(int batch, int capacity) {
    return new KeyValueCache(weights.getFirst().value(), batch, capacity, heads, width / heads);
  }

  private void requireTokens(int which, Variable x) {
    if (x.shape().rank() != 3 || x.shape().dim(2) != widths.get(which)) {
      throw new ShapeException(
          "multi_head_attention",
          NAMES.get(which),
          x.shape(),
          "this layer takes [batch, tokens, " + widths.get(which) + "]");
    }
  }

  /** Queries, keys or values as [batch, tokens, heads, width of a head]. */
  private Variable projected(Variable x, int which) {
    int batch = x.shape().dim(0);
    int tokens = x.shape().dim(1);
    int from = which * width;
    Variable w =
        weights.size() == 1
            ? weights.getFirst().variable().slice(0, from, from + width)
            : weights.get(which).variable();
    Variable b = bias == null ? null : bias.variable().slice(0, from, from + width);
    return Matmul.linear(x.reshape(batch * tokens, widths.get(which)), w, b)
        .reshape(batch, tokens, heads, width / heads);
  }

  private Variable mixed(
      Variable q, Variable k, Variable v, @Nullable Tensor mask, boolean causal, int past) {
    double rate = isTraining() ? dropout : 0;
    AttentionSpec spec = new AttentionSpec(Attention.scale(q.shape()), causal, past, rate);
    Tensor key =
        random == null || rate == 0 ? null : Attention.key(random, q.value().device(), q.dtype());
    Variable y = Attention.attention(q, k, v, mask, key, spec);
    return out.forward(y.reshape(q.shape().dim(0), q.shape().dim(1), width));
  }

  @Override
  public String toString() {
    String others = weights.size() == 1 ? "" : ", " + widths.get(KEY) + ", " + widths.get(VALUE);
    return "MultiHeadAttention(" + width + ", " + heads + others + ")";
  }
}
