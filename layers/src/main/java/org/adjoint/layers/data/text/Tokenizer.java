package org.adjoint.layers.data.text;

/** Turns text into numbers and back. Immutable; any number of threads may use one. */
public interface Tokenizer {
  /**
   * Returns the tokens' numbers; what is not in the vocabulary becomes {@link Vocabulary#UNKNOWN}.
   */
  int[] encode(String text);

  /**
   * Returns the text of tokens.
   *
   * @throws org.adjoint.tensor.ArgumentException if a number is not in the vocabulary
   */
  String decode(int... tokens);

  /** Returns the vocabulary. */
  Vocabulary vocabulary();
}
