package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.adjoint.kernels.Philox;

/**
 * The draws on vectors: a lane of 64 bits holds one word of one block, because the generator needs
 * whole products of 32-bit words, so a vector of 512 bits works on eight blocks at once.
 */
final class VectorDraws extends Draws {
  private static final VectorSpecies<Float> FLOAT = Simd.FLOAT;
  private static final VectorSpecies<Integer> INT = Simd.INT;
  private static final VectorSpecies<Long> LONG =
      LongVector.SPECIES_PREFERRED.withShape(VectorShape.forBitSize(Simd.WIDTH));
  private static final int LANES = Simd.FLOATS;
  private static final int BLOCKS = LANES / 2;
  private static final long LOW = 0xFFFFFFFFL;

  private static final VectorShuffle<Long> ZIP_0 = VectorShuffle.makeZip(LONG, 0);
  private static final VectorShuffle<Long> ZIP_1 = VectorShuffle.makeZip(LONG, 1);
  private static final VectorShuffle<Integer> UNZIP_0 = VectorShuffle.makeUnzip(INT, 0);
  private static final VectorShuffle<Integer> UNZIP_1 = VectorShuffle.makeUnzip(INT, 1);
  private static final VectorShuffle<Float> PAIR_0 = VectorShuffle.makeZip(FLOAT, 0);
  private static final VectorShuffle<Float> PAIR_1 = VectorShuffle.makeZip(FLOAT, 1);

  /** Room for the radii of a chunk, its cosines and its sines. */
  private static final ThreadLocal<float[]> ROOM =
      ThreadLocal.withInitial(() -> new float[3 * CHUNK / 2]);

  VectorDraws() {}

  @Override
  void words(long seed, long number, int blocks, int[] words) {
    int whole = blocks / BLOCKS * BLOCKS;
    for (int b = 0; b < whole; b += BLOCKS) {
      blocks(seed, number + b, words, 4 * b);
    }
    for (int b = whole; b < blocks; b++) {
      Philox.block(seed, (number + b) & (-1L >>> 2), words, 4 * b);
    }
  }

  private static void blocks(long seed, long number, int[] words, int at) {
    LongVector n = LongVector.broadcast(LONG, number).addIndex(1).and(-1L >>> 2);
    LongVector c0 = n.and(LOW);
    LongVector c1 = n.lanewise(LSHR, 32);
    LongVector c2 = LongVector.zero(LONG);
    LongVector c3 = c2;
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < Philox.ROUNDS; round++) {
      LongVector p0 = c0.and(LOW).mul(Philox.MULTIPLIER_0 & LOW);
      LongVector p1 = c2.and(LOW).mul(Philox.MULTIPLIER_1 & LOW);
      // Above 32 bits the words may hold anything: the products and the end cut it off.
      c0 = p1.lanewise(LSHR, 32).lanewise(XOR, c1).lanewise(XOR, k0 & LOW);
      c2 = p0.lanewise(LSHR, 32).lanewise(XOR, c3).lanewise(XOR, k1 & LOW);
      c1 = p1;
      c3 = p0;
      k0 += Philox.WEYL_0;
      k1 += Philox.WEYL_1;
    }
    LongVector front = c0.and(LOW).lanewise(OR, c1.lanewise(LSHL, 32));
    LongVector back = c2.and(LOW).lanewise(OR, c3.lanewise(LSHL, 32));
    front.rearrange(ZIP_0, back).reinterpretAsInts().intoArray(words, at);
    front.rearrange(ZIP_1, back).reinterpretAsInts().intoArray(words, at + LANES);
  }

  @Override
  void uniform(int[] words, int from, int n, double low, double high, float[] out, int at) {
    FloatVector width = FloatVector.broadcast(FLOAT, (float) (high - low));
    FloatVector least = FloatVector.broadcast(FLOAT, (float) low);
    float top = Math.nextDown((float) high);
    int whole = n / LANES * LANES;
    for (int i = 0; i < whole; i += LANES) {
      IntVector w = IntVector.fromArray(INT, words, from + i).lanewise(LSHR, 8);
      FloatVector u = SimdMath.toFloat(w).mul(0x1p-24f);
      Simd.fma(u, width, least).min(top).intoArray(out, at + i);
    }
    super.uniform(words, from + whole, n - whole, low, high, out, at + whole);
  }

  @Override
  void bernoulli(int[] words, int from, int n, int limit, float[] out, int at) {
    int whole = n / LANES * LANES;
    for (int i = 0; i < whole; i += LANES) {
      IntVector w = IntVector.fromArray(INT, words, from + i).lanewise(LSHR, 8);
      FloatVector.zero(FLOAT).blend(1f, w.compare(LT, limit).cast(FLOAT)).intoArray(out, at + i);
    }
    super.bernoulli(words, from + whole, n - whole, limit, out, at + whole);
  }

  /** In four loops: more than one recipe in one would pass the compiler's inlining limit. */
  @Override
  void normal(int[] words, int from, int pairs, float[] out, int at) {
    int whole = pairs / LANES * LANES;
    float[] room = ROOM.get();
    radii(words, from, whole, room);
    turns(words, from, whole, false, room, CHUNK / 2);
    turns(words, from, whole, true, room, CHUNK);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector radius = FloatVector.fromArray(FLOAT, room, i);
      FloatVector cos = radius.mul(FloatVector.fromArray(FLOAT, room, CHUNK / 2 + i));
      FloatVector sin = radius.mul(FloatVector.fromArray(FLOAT, room, CHUNK + i));
      cos.rearrange(PAIR_0, sin).intoArray(out, at + 2 * i);
      cos.rearrange(PAIR_1, sin).intoArray(out, at + 2 * i + LANES);
    }
    super.normal(words, from + 2 * whole, pairs - whole, out, at + 2 * whole);
  }

  private static IntVector ofPairs(int[] words, int at, VectorShuffle<Integer> half) {
    IntVector first = IntVector.fromArray(INT, words, at);
    return first.rearrange(half, IntVector.fromArray(INT, words, at + LANES));
  }

  static void radii(int[] words, int from, int whole, float[] room) {
    for (int i = 0; i < whole; i += LANES) {
      SimdTrig.normalRadius(ofPairs(words, from + 2 * i, UNZIP_0)).intoArray(room, i);
    }
  }

  static void turns(int[] words, int from, int whole, boolean second, float[] room, int at) {
    for (int i = 0; i < whole; i += LANES) {
      IntVector b = ofPairs(words, from + 2 * i, UNZIP_1);
      SimdTrig.normalTurn(b, second).intoArray(room, at + i);
    }
  }
}
