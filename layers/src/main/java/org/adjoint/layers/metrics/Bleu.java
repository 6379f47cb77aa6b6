package org.adjoint.layers.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.tensor.ArgumentException;

/**
 * BLEU of a corpus of translations (Papineni et al., 2002): BP · exp(mean over n of ln pₙ), with
 * the clipped precision pₙ of n-grams and the brevity penalty BP = min(1, exp(1 − r/c)) of the
 * closest reference lengths r and the length c. No smoothing: without any match of the longest
 * n-grams it is 0.
 */
public final class Bleu {
  private final long[] matches;
  private final long[] possible;
  private long length;
  private long referenceLength;

  /** Creates an empty count of n-grams up to four. */
  public Bleu() {
    this(4);
  }

  /**
   * Creates an empty count.
   *
   * @param order the longest n-grams, at least 1
   */
  public Bleu(int order) {
    if (order < 1) {
      throw new ArgumentException("bleu", "order", order, "it must be at least 1");
    }
    matches = new long[order];
    possible = new long[order];
  }

  /**
   * Counts a sentence.
   *
   * @param hypothesis the translation, token by token
   * @param references at least one translation to compare with
   */
  public void add(List<?> hypothesis, List<? extends List<?>> references) {
    if (references.isEmpty()) {
      throw new ArgumentException("bleu", "references", "empty", "give at least one");
    }
    for (int n = 1; n <= matches.length; n++) {
      Map<List<?>, Integer> allowed = new HashMap<>();
      for (List<?> reference : references) {
        grams(reference, n).forEach((gram, count) -> allowed.merge(gram, count, Math::max));
      }
      for (Map.Entry<List<?>, Integer> gram : grams(hypothesis, n).entrySet()) {
        matches[n - 1] += Math.min(gram.getValue(), allowed.getOrDefault(gram.getKey(), 0));
        possible[n - 1] += gram.getValue();
      }
    }
    int c = hypothesis.size();
    int closest = references.get(0).size();
    for (List<?> reference : references) {
      int r = reference.size();
      int nearer = Math.abs(r - c) - Math.abs(closest - c);
      closest = nearer < 0 || (nearer == 0 && r < closest) ? r : closest;
    }
    length += c;
    referenceLength += closest;
  }

  /** Counts a sentence and one reference, split at blanks. */
  public void add(String hypothesis, String reference) {
    add(ErrorRate.words(hypothesis), List.of(ErrorRate.words(reference)));
  }

  private static Map<List<?>, Integer> grams(List<?> tokens, int n) {
    Map<List<?>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= tokens.size(); i++) {
      counts.merge(tokens.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }

  /** Returns BLEU in [0, 1]; NaN if nothing was counted. */
  public double value() {
    if (length == 0) {
      return Double.NaN;
    }
    if (Arrays.stream(matches).anyMatch(m -> m == 0)) {
      return 0;
    }
    double logs = 0;
    for (int n = 0; n < matches.length; n++) {
      logs += Math.log((double) matches[n] / possible[n]);
    }
    double penalty = Math.min(0, 1 - (double) referenceLength / length);
    return Math.exp(penalty + logs / matches.length);
  }
}
