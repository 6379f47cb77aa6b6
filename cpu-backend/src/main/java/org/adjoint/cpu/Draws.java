package org.adjoint.cpu;

import org.adjoint.kernels.Philox;
import org.adjoint.kernels.Recipes;

/**
 * Random words by the block, and what becomes of them. This scalar code serves where the Vector API
 * is absent; {@link VectorDraws} has the same bits.
 */
class Draws {
  /** Words that are drawn before they are used: small enough for the first-level cache. */
  static final int CHUNK = 2048;

  private static final ThreadLocal<int[]> WORDS = ThreadLocal.withInitial(() -> new int[CHUNK]);

  Draws() {}

  /** Returns the draws for this JVM. */
  static Draws best() {
    return Best.DRAWS;
  }

  private static final class Best {
    static final Draws DRAWS = VectorModule.isUsable() ? new VectorDraws() : new Draws();
  }

  /** Returns the calling thread's room for {@value #CHUNK} words. */
  static int[] room() {
    return WORDS.get();
  }

  /**
   * Draws the words of whole blocks.
   *
   * @param seed the key
   * @param number the first block, of which there are 2⁶²
   * @param blocks how many blocks, of four words each
   * @param words receives them from 0 on
   */
  void words(long seed, long number, int blocks, int[] words) {
    for (int b = 0; b < blocks; b++) {
      Philox.block(seed, (number + b) & (-1L >>> 2), words, 4 * b);
    }
  }

  /** Numbers in [low, high). */
  void uniform(int[] words, int from, int n, double low, double high, float[] out, int at) {
    for (int i = 0; i < n; i++) {
      out[at + i] = Philox.between(Philox.uniform(words[from + i]), low, high);
    }
  }

  /** 1 where the word's uniform number is below {@code limit}·2⁻²⁴, else 0. */
  void bernoulli(int[] words, int from, int n, int limit, float[] out, int at) {
    for (int i = 0; i < n; i++) {
      out[at + i] = (words[from + i] >>> 8) < limit ? 1f : 0f;
    }
  }

  /** Standard normal numbers from pairs of words; {@code from} is even. */
  void normal(int[] words, int from, int pairs, float[] out, int at) {
    for (int i = 0; i < 2 * pairs; i += 2) {
      int a = words[from + i];
      int b = words[from + i + 1];
      out[at + i] = Recipes.normal(a, b, false);
      out[at + i + 1] = Recipes.normal(a, b, true);
    }
  }
}
