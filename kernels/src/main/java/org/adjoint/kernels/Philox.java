package org.adjoint.kernels;

/**
 * The counter-based generator Philox-4x32-10 (Salmon, Moraes, Dror and Shaw: Parallel random
 * numbers: as easy as 1, 2, 3; 2011): ten rounds of two 32 × 32-bit products turn a counter of four
 * words, under a key of two, into four random words. There is no state: any word of a stream can be
 * had alone.
 *
 * <p>A draw numbers its words. Word n under a seed is number n mod 4 of the block of counter (n/4
 * low, n/4 high, 0, 0) and key (seed low, seed high); n counts as unsigned. What becomes of a word
 * is decided here too, so that all backends draw the same numbers.
 */
public final class Philox {
  /** The first multiplier. */
  public static final int MULTIPLIER_0 = 0xD2511F53;

  /** The second multiplier. */
  public static final int MULTIPLIER_1 = 0xCD9E8D57;

  /** What each round adds to the first word of the key. */
  public static final int WEYL_0 = 0x9E3779B9;

  /** What each round adds to the second word of the key. */
  public static final int WEYL_1 = 0xBB67AE85;

  private static final long LOW = 0xFFFFFFFFL;

  /** How many rounds mix a block. */
  public static final int ROUNDS = 10;

  private Philox() {}

  /**
   * Computes one block.
   *
   * @param c0 lowest word of the counter
   * @param c1 second word
   * @param c2 third word
   * @param c3 highest word
   * @param k0 low word of the key
   * @param k1 high word
   * @param words receives the four random words from {@code at} on
   * @param at the first place to write to
   */
  public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] words, int at) {
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = (MULTIPLIER_0 & LOW) * (c0 & LOW);
      long p1 = (MULTIPLIER_1 & LOW) * (c2 & LOW);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    words[at] = c0;
    words[at + 1] = c1;
    words[at + 2] = c2;
    words[at + 3] = c3;
  }

  /**
   * Computes the words 4·number … 4·number + 3 under a seed.
   *
   * @param words receives them from {@code at} on
   */
  public static void block(long seed, long number, int[] words, int at) {
    block((int) number, (int) (number >>> 32), 0, 0, (int) seed, (int) (seed >>> 32), words, at);
  }

  /** Returns word n under a seed. */
  public static int word(long seed, long n) {
    int[] words = new int[4];
    block(seed, n >>> 2, words, 0);
    return words[(int) n & 3];
  }

  /** Returns u = ⌊word / 2⁸⌋ · 2⁻²⁴, in [0, 1): float32 holds every such number exactly. */
  public static float uniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /**
   * Returns a float32 number in [low, high): fma(u, high − low, low), or the number below high if
   * that rounds to high. Low, high and their difference are rounded to float32 first.
   */
  public static float between(float u, double low, double high) {
    float top = Math.nextDown((float) high);
    return Math.min(Math.fma(u, (float) (high - low), (float) low), top);
  }

  /** Returns a float64 number in [low, high): the same in double, with the same 24-bit u. */
  public static double betweenDouble(float u, double low, double high) {
    return Math.min(Math.fma(u, high - low, low), Math.nextDown(high));
  }

  /** Returns an integer from 0 to bound − 1: the high half of word · bound, both unsigned. */
  public static int below(int word, int bound) {
    return (int) ((word & LOW) * bound >>> 32);
  }
}
