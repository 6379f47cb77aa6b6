package org.adjoint.layers.metrics;

import java.util.Arrays;
import org.adjoint.tensor.ArgumentException;

/**
 * How well scores tell positive samples from negative ones, at every threshold at once. It keeps
 * all scores.
 */
public final class BinaryScores {
  private double[] positives = new double[16];
  private double[] negatives = new double[16];
  private int positive;
  private int negative;

  /** Creates an empty collection. */
  public BinaryScores() {}

  /**
   * Takes a sample.
   *
   * @param score higher means more likely positive
   * @throws ArgumentException if it is NaN
   */
  public void add(double score, boolean isPositive) {
    if (Double.isNaN(score)) {
      throw new ArgumentException("binary_scores", "score", score, "scores need an order");
    }
    if (isPositive) {
      positives = grown(positives, positive);
      positives[positive++] = score;
    } else {
      negatives = grown(negatives, negative);
      negatives[negative++] = score;
    }
  }

  private static double[] grown(double[] array, int size) {
    return size < array.length ? array : Arrays.copyOf(array, 2 * size);
  }

  /**
   * Returns the area under the receiver operating characteristic: the probability that a positive
   * sample has a higher score than a negative one, ties counting half (Hanley and McNeil, 1982).
   * NaN if either kind is missing.
   */
  public double rocAuc() {
    double[] p = sorted(positives, positive);
    double[] n = sorted(negatives, negative);
    double wins = 0;
    int below = 0;
    int notAbove = 0;
    for (double score : p) {
      while (below < n.length && n[below] < score) {
        below++;
      }
      while (notAbove < n.length && n[notAbove] <= score) {
        notAbove++;
      }
      wins += 0.5 * ((double) below + notAbove);
    }
    return wins / p.length / n.length;
  }

  /**
   * Returns the average precision Σ (Rₜ − Rₜ₋₁)·Pₜ over all thresholds t from the highest score
   * down, with precision P and recall R, without interpolation. NaN if there is no positive sample.
   */
  public double averagePrecision() {
    double[] p = sorted(positives, positive);
    double[] n = sorted(negatives, negative);
    double sum = 0;
    int i = p.length;
    int j = n.length;
    while (i > 0) {
      double threshold = p[i - 1];
      int before = i;
      while (i > 0 && p[i - 1] == threshold) {
        i--;
      }
      while (j > 0 && n[j - 1] >= threshold) {
        j--;
      }
      double found = (double) p.length - i;
      sum += (before - i) * found / (found + n.length - j);
    }
    return sum / p.length;
  }

  private static double[] sorted(double[] array, int size) {
    double[] s = Arrays.copyOf(array, size);
    for (int i = 0; i < size; i++) {
      s[i] += 0.0; // -0 and 0 are one score
    }
    Arrays.sort(s);
    return s;
  }
}
