package org.adjoint.layers.data.text;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One token a character (Unicode code point). */
public final class CharTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;

  /** Creates the tokeniser of a vocabulary that was saved. */
  public CharTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** Returns the tokeniser of all characters of a text, in their order. */
  public static CharTokenizer of(String text) {
    TreeSet<Integer> all = text.codePoints().boxed().collect(Collectors.toCollection(TreeSet::new));
    return new CharTokenizer(Vocabulary.of(all.stream().map(Character::toString).toList()));
  }

  @Override
  public int[] encode(String text) {
    return text.codePoints().map(c -> vocabulary.number(Character.toString(c))).toArray();
  }

  @Override
  public String decode(int... tokens) {
    return Arrays.stream(tokens).mapToObj(vocabulary::token).collect(Collectors.joining());
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }
}
