package org.adjoint.layers.metrics;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Edit distance over reference length: the word error rate of speech and text recognition (WER) if
 * the symbols are words, the phoneme error rate (PER) if they are phonemes, the character error
 * rate (CER) if they are characters. It can exceed 1.
 */
public final class ErrorRate {
  private long errors;
  private long length;

  /** Creates an empty count. */
  public ErrorRate() {}

  /**
   * Returns the fewest insertions, deletions and substitutions that make one sequence of the other
   * (Levenshtein, 1966), by the recurrence of Wagner and Fischer (1974) in one row.
   */
  public static int distance(List<?> a, List<?> b) {
    int[] row = IntStream.rangeClosed(0, b.size()).toArray();
    for (int i = 1; i <= a.size(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.size(); j++) {
        int substituted = diagonal + (a.get(i - 1).equals(b.get(j - 1)) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.size()];
  }

  /** Counts a sequence of symbols. */
  public void add(List<?> reference, List<?> hypothesis) {
    errors += distance(reference, hypothesis);
    length += reference.size();
  }

  /** Counts a text word by word, split at blanks. */
  public void addWords(String reference, String hypothesis) {
    add(words(reference), words(hypothesis));
  }

  /** Counts a text character by character (Unicode code points). */
  public void addCharacters(String reference, String hypothesis) {
    add(
        reference.codePoints().boxed().toList(), //
        hypothesis.codePoints().boxed().toList());
  }

  /** The words of a text, split at blanks. */
  static List<String> words(String text) {
    String stripped = text.strip();
    return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
  }

  /** Returns how many edits were needed. */
  public long errors() {
    return errors;
  }

  /** Returns edits a reference symbol; NaN if there are none. */
  public double value() {
    return (double) errors / length;
  }
}
