package org.adjoint.autograd.ops;

import java.util.Objects;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention (Vaswani et al., 2017), computed in tiles without the matrix of all
 * weights (Dao et al., FlashAttention, 2022).
 */
public final class Attention {
  private Attention() {}

  /**
   * Returns softmax(q · kᵀ / √width) · v over the axes [batch, heads, tokens, width].
   *
   * @param causal whether query i sees the keys 0 … i alone
   * @throws ShapeException as {@link #attention}
   */
  public static Variable scaledDotProduct(Variable q, Variable k, Variable v, boolean causal) {
    AttentionSpec spec = new AttentionSpec(scale(q.shape()), causal, 0, 0);
    return scaledDotProduct(q, k, v, null, null, spec);
  }

  /**
   * Returns attention over the axes [batch, heads, tokens, width]; arguments as in {@link
   * #attention}.
   */
  public static Variable scaledDotProduct(
      Variable q,
      Variable k,
      Variable v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    requireRank("q", q);
    requireRank("k", k);
    requireRank("v", v);
    return attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask, key, spec)
        .transpose(1, 2);
  }

  /** Returns the usual scale, 1/√width. */
  public static double scale(Shape q) {
    return 1 / Math.sqrt(q.dim(-1));
  }

  /**
   * Draws the key of a dropout: two whole numbers below 2²⁴ that pick one of 2⁴⁸ patterns.
   *
   * @return a tensor [2] that the open scope owns
   */
  public static Tensor key(RandomStream random, Device device, DType dtype) {
    return random.uniform(Tensor.result(device, dtype, Shape.of(2)), 0, 0x1p24);
  }

  /**
   * Returns 0 where a key may be seen and −∞ where not, to be added to scores.
   *
   * @param keep not 0 where a key may be seen
   */
  public static Tensor additive(Tensor keep) {
    Variable condition = Variable.of(keep);
    Variable zero = constant(keep, 0);
    Variable hidden = constant(keep, Double.NEGATIVE_INFINITY);
    return Elementwise.where(condition, zero, hidden).value();
  }

  private static Variable constant(Tensor like, double value) {
    double[] one = {value};
    return Variable.of(
        like.dtype() == DType.F64
            ? Tensor.of(like.device(), one, 1)
            : Tensor.of(like.device(), new float[] {(float) value}, 1));
  }

  /**
   * Returns attention over the axes [batch, tokens, heads, width], in which heads are a view of the
   * rows of a projection.
   *
   * <p><b>Forward</b> y = dropout(softmax(S)) · v with S = scale · q · kᵀ + mask; keys that a query
   * does not see count as S = −∞, and a query that sees none gets 0. <b>Backward</b> with the
   * weights P = softmax(S): dv = Pᵀ · dy, dS = P · (dy · vᵀ − Σ dy·y), dq = scale · dS · k, dk =
   * scale · dSᵀ · q; weights are made again from log Σ exp(S). <b>Shapes</b> q [batch, queries,
   * heads, width], k [batch, keys, heads, width], v [batch, keys, heads, valueWidth] → y [batch,
   * queries, heads, valueWidth]. <b>Saved</b> q, k, v, y and log Σ exp(S), [batch, heads, queries].
   *
   * @param mask added to S, a constant that broadcasts to [batch, heads, queries, keys], or null
   * @param key the key of dropout, see {@link #key}; null without dropout
   * @throws ShapeException if the shapes do not fit
   */
  public static Variable attention(
      Variable q,
      Variable k,
      Variable v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    requireRank("q", q);
    requireRank("k", k);
    requireRank("v", v);
    Tensor wide = mask;
    if (mask != null) {
      Shape q4 = q.shape();
      Shape scores = Shape.of(q4.dim(0), q4.dim(2), q4.dim(1), k.shape().dim(1));
      if (!mask.shape().broadcastsTo(scores)) {
        throw new ShapeException(
            "attention",
            "mask",
            mask.shape(),
            "it must broadcast to [batch, heads, queries, keys] = " + scores);
      }
      wide = mask.expand(scores);
    }
    return Graph.apply(new Scaled(wide, key, spec), q, k, v);
  }

  private static void requireRank(String name, Variable x) {
    if (x.shape().rank() != 4) {
      throw new ShapeException(
          "attention", name, x.shape(), "it must have four axes: batch, tokens, heads, width");
    }
  }

  /** Keeps log Σ exp(S) between forward and vjp. */
  private static final class Scaled implements Op.Differentiable {
    private final @Nullable Tensor mask;
    private final @Nullable Tensor key;
    private final AttentionSpec spec;
    private @Nullable Tensor logs;

    Scaled(@Nullable Tensor mask, @Nullable Tensor key, AttentionSpec spec) {
      this.mask = mask;
      this.key = key;
      this.spec = spec;
    }

    @Override
    public String name() {
      return "attention";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor q = inputs[0];
      Shape shape = q.shape().with(3, inputs[2].dim(3));
      Tensor y = Tensor.result(q.device(), q.dtype(), shape);
      Tensor lse = Tensor.result(q.device(), q.dtype(), Shape.of(q.dim(0), q.dim(2), q.dim(1)));
      kernels.attention().attention(q, inputs[1], inputs[2], mask, key, spec, y, lse);
      logs = lse;
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      if (v.createGraph()) {
        return composed(v.input(0), v.input(1), v.input(2), v.dy());
      }
      Tensor q = v.input(0).value();
      Tensor k = v.input(1).value();
      Tensor value = v.input(2).value();
      Tensor dq = Vjp.like(q);
      Tensor dk = Vjp.like(k);
      Tensor dv = Vjp.like(value);
      Tensor lse = Objects.requireNonNull(logs);
      Tensor y = v.output().value();
      v.kernels()
          .attention()
          .attentionGradient(q, k, value, mask, key, spec, y, lse, v.dy().value(), dq, dk, dv);
      return Vjp.gradients(Variable.of(dq), Variable.of(dk), Variable.of(dv));
    }

    /** The same gradients from differentiable ops, with all weights at once. */
    private @Nullable Variable[] composed(Variable q4, Variable k4, Variable v4, Variable dy4) {
      Variable q = q4.transpose(1, 2);
      Variable k = k4.transpose(1, 2);
      Variable v = v4.transpose(1, 2);
      Variable dy = dy4.transpose(1, 2);
      Variable s = q.matmul(k.transpose(2, 3)).mul(spec.scale());
      Variable weights;
      Variable bias = s.shape().dim(3) == 0 ? null : bias(s);
      if (bias == null) {
        weights = Softmax.softmax(s, 3);
      } else {
        Variable most = Reductions.keepAxes(Reductions.max(bias, -1), bias.shape(), -1);
        Variable hidden = constant(bias.value(), Double.NEGATIVE_INFINITY);
        Variable seeing = Elementwise.binary(BinaryOp.GT, most, hidden);
        // Finite, and far enough below any score that the weight is 0.
        Variable finite = Elementwise.binary(BinaryOp.MAX, bias, constant(bias.value(), -1e30));
        weights = Softmax.softmax(s.add(finite), 3).mul(seeing);
      }
      Variable kept = kept(s);
      Variable dropped = kept == null ? weights : weights.mul(kept);
      Variable dw = dy.matmul(v.transpose(2, 3));
      if (kept != null) {
        dw = dw.mul(kept);
      }
      Variable own = Reductions.keepAxes(Reductions.sum(weights.mul(dw), 3), s.shape(), 3);
      Variable ds = weights.mul(dw.sub(own)).mul(spec.scale());
      return Vjp.gradients(
          ds.matmul(k).transpose(1, 2),
          ds.transpose(2, 3).matmul(q).transpose(1, 2),
          dropped.transpose(2, 3).matmul(dy).transpose(1, 2));
    }

    /** What is added to the scores: the mask, and −∞ for keys that come later. */
    private @Nullable Variable bias(Variable s) {
      if (!spec.causal()) {
        return mask == null ? null : Variable.of(mask);
      }
      int queries = s.shape().dim(2);
      int keys = s.shape().dim(3);
      float[] later = new float[queries * keys];
      for (int i = 0; i < queries; i++) {
        for (int j = spec.visible(i, keys); j < keys; j++) {
          later[i * keys + j] = Float.NEGATIVE_INFINITY;
        }
      }
      Tensor single = Tensor.of(s.value().device(), later, queries, keys);
      Tensor typed = Tensor.result(single.device(), s.dtype(), single.shape());
      Backends.kernels(single.device()).elementwise().copy(single, typed);
      Variable causal = Variable.of(typed);
      return mask == null ? causal : Variable.of(mask).add(causal);
    }

    /** What dropout multiplies the weights with, or null. */
    private @Nullable Variable kept(Variable s) {
      if (key == null) {
        return null;
      }
      Tensor kept = Tensor.result(s.value().device(), s.dtype(), s.shape());
      Kernels kernels = Backends.kernels(kept.device());
      long seed = AttentionKernels.seed(key.get(0), key.get(1));
      double keep = 1 - spec.dropout();
      kernels.random().bernoulli(seed, 0, keep, kept);
      // Where nothing is kept the factor would be infinite, and 0 · ∞ no number.
      return keep == 0 ? Variable.of(kept) : Variable.of(kept).mul(1 / keep);
    }
  }
}
