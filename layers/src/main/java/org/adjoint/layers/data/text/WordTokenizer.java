package org.adjoint.layers.data.text;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.adjoint.tensor.ArgumentException;

/** One token a word or sign: runs of letters and digits, and whatever else is no blank. */
public final class WordTokenizer implements Tokenizer {
  private static final Pattern TOKEN =
      Pattern.compile("[\\p{L}\\p{M}\\p{N}_]+(?:['’][\\p{L}]+)*|\\S");

  private final Vocabulary vocabulary;

  /** Creates the tokeniser of a vocabulary that was saved. */
  public WordTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Returns the tokeniser of the most frequent words of a text; of equally frequent ones the first
   * in alphabetical order.
   *
   * @param text to count in
   * @param most how many words to take, 0 or more
   * @param least how often a word must stand there
   * @throws ArgumentException if a number is negative
   */
  public static WordTokenizer of(String text, int most, int least) {
    if (most < 0 || least < 0) {
      throw new ArgumentException("word_tokenizer", "most", most, "it must be 0 or more, as least");
    }
    Map<String, Integer> counts = new HashMap<>();
    words(text).forEach(w -> counts.merge(w, 1, Integer::sum));
    List<String> words =
        counts.entrySet().stream()
            .filter(e -> e.getValue() >= least)
            .sorted(
                Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(most)
            .map(Map.Entry::getKey)
            .toList();
    return new WordTokenizer(Vocabulary.of(words));
  }

  /** Returns the words and signs of a text. */
  public static List<String> words(String text) {
    return TOKEN.matcher(text).results().map(r -> r.group()).toList();
  }

  @Override
  public int[] encode(String text) {
    return words(text).stream().mapToInt(vocabulary::number).toArray();
  }

  /** Returns the words with a blank between them. */
  @Override
  public String decode(int... tokens) {
    return Arrays.stream(tokens).mapToObj(vocabulary::token).collect(Collectors.joining(" "));
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }
}
