package org.adjoint.layers.metrics;

/**
 * The perplexity of a language model, exp of the mean negative log-likelihood a token: among how
 * many equally likely tokens it might as well choose (Jelinek et al., 1977).
 */
public final class Perplexity {
  private double sum;
  private long tokens;

  /** Creates an empty count. */
  public Perplexity() {}

  /**
   * Counts a batch.
   *
   * @param meanLoss mean negative log-likelihood in nats, what {@code CrossEntropy} gives
   * @param count how many tokens it is the mean of
   */
  public void add(double meanLoss, long count) {
    sum += meanLoss * count;
    tokens += count;
  }

  /** Returns the perplexity; NaN if there are no tokens. */
  public double value() {
    return Math.exp(sum / tokens);
  }
}
