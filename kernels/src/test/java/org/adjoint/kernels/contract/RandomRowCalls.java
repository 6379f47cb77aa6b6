package org.adjoint.kernels.contract;

import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;

/** How to call attention and the norms of rows at random; see {@link RandomCall}. */
final class RandomRowCalls {
  private RandomRowCalls() {}

  static void all() {
    RandomCalls.add("rowNorm", RandomRowCalls::rowNorm);
    RandomCalls.add("rowNormGradient", RandomRowCalls::rowNormGradient);
    RandomCalls.add("attention", (c, k) -> attention(c, k, false));
    RandomCalls.add("attention gradient", (c, k) -> attention(c, k, true));
  }

  private static void attention(RandomCall c, Kernels k, boolean gradient) {
    // What NaN and infinity do behind a hidden or a dropped weight is not defined.
    boolean hides = c.coin();
    if (hides) {
      c.beFinite();
    }
    c.allowEitherAnomaly();
    int b = 1 + c.below(2);
    int h = 1 + c.below(3);
    int queries = c.extent(70);
    int keys = c.extent(140);
    int width = c.extent(9);
    int valueWidth = c.extent(9);
    boolean causal = hides && c.coin();
    double dropout = hides && c.coin() ? 0.25 : 0;
    // Half of the smallest float is 0, and 0 times infinity is no infinity.
    double scale = c.isFinite() ? 0.5 : 1;
    AttentionSpec spec = new AttentionSpec(scale, causal, c.below(4), dropout);
    Tensor q = c.in(b, queries, h, width);
    Tensor key = c.in(b, keys, h, width);
    Tensor v = c.in(b, keys, h, valueWidth);
    Tensor mask = c.coin() ? null : c.in(b, h, queries, keys);
    Tensor seed = dropout == 0 ? null : c.in(c.dtype(), 0, 1000, 2);
    double s = 8 + 2 * scale * width;
    Tensor y = gradient ? c.in(b, queries, h, valueWidth) : c.out(s, b, queries, h, valueWidth);
    if (!gradient) {
      k.attention().attention(q, key, v, mask, seed, spec, y, c.out(s, b, h, queries));
      return;
    }
    // With these logarithms, and no others, weights are below 1.
    c.beFinite();
    double high = s + Math.log(Math.max(1, keys));
    Tensor logs = c.in(c.dtype(), high, high + 1, b, h, queries);
    Tensor dy = c.in(b, queries, h, valueWidth);
    double n = Math.max(queries, keys) * (valueWidth + 1.0) * Math.sqrt(keys + queries);
    Tensor dq = c.out(n * s, b, queries, h, width);
    Tensor dk = c.out(n * s, b, keys, h, width);
    Tensor dv = c.out(n * s, b, keys, h, valueWidth);
    k.attention().attentionGradient(q, key, v, mask, seed, spec, y, logs, dy, dq, dk, dv);
  }

  private static void rowNorm(RandomCall c, Kernels k) {
    c.allowEitherAnomaly();
    int rows = c.extent(70);
    int n = c.extent(140);
    Tensor x = c.in(rows, n);
    Tensor gamma = c.coin() ? null : c.in(n);
    Tensor beta = gamma == null || c.coin() ? null : c.in(n);
    // At least ε below the root keeps the results within their bounds.
    double epsilon = c.number(0.1, 1);
    Tensor y = c.out(30 * Math.sqrt(n), rows, n);
    Tensor mean = c.out(2, rows);
    Tensor rstd = c.out(40 * Math.sqrt(n), rows);
    k.norms().rowNorm(x, gamma, beta, c.coin(), epsilon, y, mean, rstd);
  }

  private static void rowNormGradient(RandomCall c, Kernels k) {
    c.allowEitherAnomaly();
    int rows = c.extent(140);
    int n = c.extent(70);
    Tensor x = c.in(rows, n);
    Tensor mean = c.in(rows);
    Tensor rstd = c.in(rows);
    Tensor gamma = c.coin() ? null : c.in(n);
    Tensor dy = c.in(rows, n);
    Tensor dx = c.out(6 * Math.sqrt(n), rows, n);
    double sum = 2 * rows * Math.sqrt(rows);
    Tensor dgamma = c.coin() ? null : c.out(sum, n);
    Tensor dbeta = dgamma == null || c.coin() ? null : c.out(sum, n);
    k.norms().rowNormGradient(x, mean, rstd, gamma, c.coin(), dy, dx, dgamma, dbeta);
  }
}
