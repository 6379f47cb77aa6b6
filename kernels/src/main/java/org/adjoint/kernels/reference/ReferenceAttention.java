package org.adjoint.kernels.reference;

import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Philox;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention row by row: the weights of one query over all keys. */
final class ReferenceAttention implements AttentionKernels {
  /** The operands as doubles and what they have in common. */
  private static final class Call {
    final Elements q;
    final Elements k;
    final Elements v;
    final @Nullable Elements mask;
    final AttentionSpec spec;
    final long seed;
    final int batch;
    final int queries;
    final int keys;
    final int heads;
    final int width;
    final int valueWidth;

    /** The weights of one query before dropout, and what dropout multiplies each with. */
    final double[] weights;

    final double[] factors;

    Call(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable Tensor mask,
        @Nullable Tensor key,
        AttentionSpec spec) {
      this.q = Elements.of(q);
      this.k = Elements.of(k);
      this.v = Elements.of(v);
      this.mask = mask == null ? null : Elements.of(mask);
      this.spec = spec;
      seed = key == null ? 0 : AttentionKernels.seed(key.get(0), key.get(1));
      batch = q.dim(0);
      queries = q.dim(1);
      keys = k.dim(1);
      heads = q.dim(2);
      width = q.dim(3);
      valueWidth = v.dim(3);
      weights = new double[keys];
      factors = new double[keys];
    }

    /** The number of a query, or of a row of y, among all of its tensor. */
    int query(int b, int h, int i) {
      return (b * queries + i) * heads + h;
    }

    int key(int b, int h, int j) {
      return (b * keys + j) * heads + h;
    }

    /** Fills in the scores of a query and what dropout does to each weight. */
    void scores(int b, int h, int i) {
      int seen = spec.visible(i, keys);
      for (int j = 0; j < keys; j++) {
        double dot = 0;
        for (int c = 0; c < width; c++) {
          dot += q.get(query(b, h, i) * width + c) * k.get(key(b, h, j) * width + c);
        }
        int place = ((b * heads + h) * queries + i) * keys + j;
        double s = dot * spec.scale() + (mask == null ? 0 : mask.get(place));
        weights[j] = j < seen ? s : Double.NEGATIVE_INFINITY;
        factors[j] = factor(((long) (b * heads + h) * queries + i) * keys + j);
      }
    }

    private double factor(long place) {
      double keep = 1 - spec.dropout();
      return keep == 1 ? 1 : Philox.uniform(Philox.word(seed, place)) < keep ? 1 / keep : 0;
    }
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse) {
    Call call = new Call(q, k, v, mask, key, spec);
    Elements to = Elements.of(y);
    Elements logs = Elements.of(lse);
    for (int b = 0; b < call.batch; b++) {
      for (int h = 0; h < call.heads; h++) {
        for (int i = 0; i < call.queries; i++) {
          call.scores(b, h, i);
          double log = logOfSum(call.weights);
          logs.set((b * call.heads + h) * call.queries + i, log);
          for (int c = 0; c < call.valueWidth; c++) {
            double sum = 0;
            for (int j = 0; j < call.keys; j++) {
              double weight = kept(weight(call.weights[j], log), call.factors[j]);
              sum += weight * call.v.get(call.key(b, h, j) * call.valueWidth + c);
            }
            boolean seeing = log != Double.NEGATIVE_INFINITY;
            to.set(call.query(b, h, i) * call.valueWidth + c, seeing ? sum : 0);
          }
        }
      }
    }
  }

  /** log Σ exp(s), in which no term overflows; −∞ if all are. */
  private static double logOfSum(double[] s) {
    double max = Double.NEGATIVE_INFINITY;
    for (double x : s) {
      max = Math.max(max, x);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (double x : s) {
      sum += StrictMath.exp(x - max);
    }
    return max + StrictMath.log(sum);
  }

  /** exp(s − log), 0 where all scores are −∞. */
  private static double weight(double s, double log) {
    return StrictMath.exp(s - (log == Double.NEGATIVE_INFINITY ? Double.POSITIVE_INFINITY : log));
  }

  /** What is dropped is 0 whatever it was. */
  private static double kept(double x, double factor) {
    return factor == 0 ? 0 : x * factor;
  }

  @Override
  public void attentionGradient(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse,
      Tensor dy,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    Call call = new Call(q, k, v, mask, key, spec);
    Elements value = Elements.of(y);
    Elements logs = Elements.of(lse);
    Elements gradient = Elements.of(dy);
    double[] forQ = new double[dq.size()];
    double[] forK = new double[dk.size()];
    double[] forV = new double[dv.size()];
    for (int b = 0; b < call.batch; b++) {
      for (int h = 0; h < call.heads; h++) {
        for (int i = 0; i < call.queries; i++) {
          call.scores(b, h, i);
          double log = logs.get((b * call.heads + h) * call.queries + i);
          int query = call.query(b, h, i);
          double own = 0;
          for (int c = 0; c < call.valueWidth; c++) {
            int at = query * call.valueWidth + c;
            own += gradient.get(at) * value.get(at);
          }
          for (int j = 0; j < call.keys; j++) {
            int row = call.key(b, h, j);
            double weight = weight(call.weights[j], log);
            double dp = 0;
            for (int c = 0; c < call.valueWidth; c++) {
              double d = gradient.get(query * call.valueWidth + c);
              dp += d * call.v.get(row * call.valueWidth + c);
              forV[row * call.valueWidth + c] += kept(weight, call.factors[j]) * d;
            }
            double ds = weight * (kept(dp, call.factors[j]) - own) * spec.scale();
            for (int c = 0; c < call.width; c++) {
              forQ[query * call.width + c] += ds * call.k.get(row * call.width + c);
              forK[row * call.width + c] += ds * call.q.get(query * call.width + c);
            }
          }
        }
      }
    }
    Elements.of(dq).setAll(forQ);
    Elements.of(dk).setAll(forK);
    Elements.of(dv).setAll(forV);
  }
}
