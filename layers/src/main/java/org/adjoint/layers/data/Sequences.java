package org.adjoint.layers.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.tensor.ArgumentException;

/**
 * Sequences of numbers of different lengths, such as the tokens of sentences, and what is to be
 * said of each: one number a sequence, or one a position.
 */
public final class Sequences {
  private final List<int[]> inputs;
  private final List<int[]> targets;
  private final boolean perPosition;

  private Sequences(List<int[]> inputs, List<int[]> targets, boolean perPosition) {
    if (inputs.isEmpty() || inputs.size() != targets.size()) {
      throw new ArgumentException(
          "sequences",
          "inputs",
          inputs.size() + " sequences and " + targets.size() + " targets",
          "give at least one, and a target for each");
    }
    for (int i = 0; i < inputs.size(); i++) {
      int n = inputs.get(i).length;
      if (n == 0 || (perPosition && targets.get(i).length != n)) {
        throw new ArgumentException(
            "sequences",
            "sequence " + i,
            n + " long",
            "it must not be empty, nor differ in length from its targets");
      }
    }
    this.inputs = List.copyOf(inputs);
    this.targets = List.copyOf(targets);
    this.perPosition = perPosition;
  }

  /**
   * Returns sequences with a class each.
   *
   * @throws ArgumentException if the numbers differ, or a sequence is empty
   */
  public static Sequences classified(List<int[]> inputs, int... classes) {
    return new Sequences(
        inputs, Arrays.stream(classes).mapToObj(c -> new int[] {c}).toList(), false);
  }

  /**
   * Returns sequences with a target for each position, such as tags, or the next token.
   *
   * @throws ArgumentException if lengths differ, or a sequence is empty
   */
  public static Sequences tagged(List<int[]> inputs, List<int[]> targets) {
    return new Sequences(inputs, targets, true);
  }

  /**
   * Cuts a long text into pieces whose targets are the tokens that come next.
   *
   * @param length of each piece but the last, at least 1
   * @throws ArgumentException if it is less, or the text has fewer than two tokens
   */
  public static Sequences next(int[] text, int length) {
    if (length < 1) {
      throw new ArgumentException("sequences", "length", length, "it must be at least 1");
    }
    List<int[]> inputs = new ArrayList<>();
    List<int[]> targets = new ArrayList<>();
    for (int at = 0; at + 1 < text.length; at += length) {
      int end = Math.min(text.length - 1, at + length);
      inputs.add(Arrays.copyOfRange(text, at, end));
      targets.add(Arrays.copyOfRange(text, at + 1, end + 1));
    }
    return tagged(inputs, targets);
  }

  /** Returns how many sequences there are. */
  public int size() {
    return inputs.size();
  }

  /** Returns whether there is a target for each position. */
  public boolean isPerPosition() {
    return perPosition;
  }

  /** Returns a sequence. */
  public int[] input(int index) {
    return inputs.get(index).clone();
  }

  /** Returns what is to be said of it. */
  public int[] target(int index) {
    return targets.get(index).clone();
  }

  /** Returns how long a sequence is. */
  public int length(int index) {
    return inputs.get(index).length;
  }

  /** Writes a sequence to {@code to[at …]}. */
  void read(int index, int[] to, int at) {
    System.arraycopy(inputs.get(index), 0, to, at, length(index));
  }

  /** Writes the targets of a sequence to {@code to[at …]}. */
  void readTarget(int index, int[] to, int at) {
    int[] t = targets.get(index);
    System.arraycopy(t, 0, to, at, t.length);
  }
}
