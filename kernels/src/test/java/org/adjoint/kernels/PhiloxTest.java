package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] words = new int[4];
    Philox.block(c0, c1, c2, c3, k0, k1, words, 0);
    return words;
  }

  /** The known answers published with the paper's library, Random123. */
  @Test
  void knownAnswers() {
    assertArrayEquals(
        new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0, 0, 0, 0));
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1, -1, -1, -1));
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
  }

  @Test
  void wordsFillTheBlocksInOrder() {
    long seed = 0x1122_3344_5566_7788L;
    for (long n : new long[] {0, 1, 2, 3, 4, 1_000_000_007, 0x3_FFFF_FFFFL, -1}) {
      long number = n >>> 2;
      int[] words = block((int) number, (int) (number >>> 32), 0, 0, 0x5566_7788, 0x1122_3344);
      assertEquals(words[(int) (n & 3)], Philox.word(seed, n));
    }
    int[] many = new int[10];
    Philox.block(seed, 5, many, 3);
    assertEquals(Philox.word(seed, 20), many[3]);
    assertEquals(Philox.word(seed, 23), many[6]);
    assertEquals(0, many[7]);
  }

  @Test
  void rangesOfTheDraws() {
    assertEquals(0f, Philox.uniform(0xFF));
    assertEquals(1 - 0x1p-24f, Philox.uniform(-1));
    assertEquals(2f, Philox.between(0, 2, 3));
    assertEquals(Math.nextDown(3f), Philox.between(1 - 0x1p-24f, 2, 3));
    assertTrue(Philox.betweenDouble(1 - 0x1p-24f, -1, 1e-30) < 1e-30);
    for (int bound : new int[] {1, 2, 3, 10, Integer.MAX_VALUE}) {
      assertEquals(0, Philox.below(0, bound));
      assertEquals(bound - 1, Philox.below(-1, bound));
    }
  }
}
