package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;

/**
 * The settings of scaled dot-product attention.
 *
 * @param scale factor of the products of queries and keys, finite; 1/√width as a rule
 * @param causal whether query i sees the keys 0 … i + past alone
 * @param past how many keys came before those of the first query, as in a cache; at least 0
 * @param dropout probability of dropping a weight, in [0, 1]; with 1 the result is 0
 */
public record AttentionSpec(double scale, boolean causal, int past, double dropout) {
  /**
   * Checks the ranges.
   *
   * @throws ArgumentException if a value is outside its range
   */
  public AttentionSpec {
    if (!Double.isFinite(scale)) {
      throw new ArgumentException("attention", "scale", scale, "it must be finite");
    }
    if (past < 0) {
      throw new ArgumentException("attention", "past", past, "it must be at least 0");
    }
    if (!(dropout >= 0 && dropout <= 1)) {
      throw new ArgumentException("attention", "dropout", dropout, "it must be from 0 to 1");
    }
  }

  /** Returns how many of so many keys query {@code i} sees. */
  public int visible(int i, int keys) {
    return causal ? (int) Math.min(keys, (long) i + past + 1) : keys;
  }
}
