package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Recipes;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention in float32, a block of {@value #QUERIES} queries against {@value #KEYS} keys at a time
 * (Dao et al., FlashAttention, 2022): the scores of a block stay in the second-level cache. Forward
 * carries the maximum and the sum of each row from block to block and scales what it has when the
 * maximum moves; backward makes the weights again from the logarithm that forward left.
 *
 * <p>Products are those of {@link FloatGemm}, whose chains follow the order of keys; sums of
 * weights have the chains of {@link FloatRows} within a block. Blocks depend on the shape alone, so
 * the bits do not depend on the number of threads or the width of vectors.
 */
final class FloatAttention {
  /** Queries of a block. */
  static final int QUERIES = 64;

  /** Keys of a block. */
  static final int KEYS = 128;

  private static final float HIDDEN = Float.NEGATIVE_INFINITY;

  private final FloatRows rows;
  private final RowLoops loops;
  private final ExpLoop exp;
  private final Draws draws;
  private final AttentionSpec spec;
  private final float scale;
  private final int heads;
  private final int queries;
  private final int keys;
  private final int width;
  private final int valueWidth;
  private final Rows q;
  private final Rows k;
  private final Rows v;
  private final @Nullable Tensor mask;
  private final long seed;

  FloatAttention(
      FloatRows rows,
      RowLoops loops,
      ExpLoop exp,
      Draws draws,
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    this.rows = rows;
    this.loops = loops;
    this.exp = exp;
    this.draws = draws;
    this.spec = spec;
    this.mask = mask;
    this.q = new Rows(q);
    this.k = new Rows(k);
    this.v = new Rows(v);
    scale = (float) spec.scale();
    queries = q.dim(1);
    keys = k.dim(1);
    heads = q.dim(2);
    width = q.dim(3);
    valueWidth = v.dim(3);
    seed =
        key == null
            ? 0
            : AttentionKernels.seed(
                Heap.floats(key)[Heap.at(key)], Heap.floats(key)[Heap.at(key) + 1]);
  }

  /** The rows of a tensor [batch, tokens, heads, width]. */
  record Rows(float[] array, int at, int batch, int token, int head) {
    Rows(Tensor t) {
      this(
          Heap.floats(t),
          Heap.at(t),
          t.layout().stride(0),
          t.layout().stride(1),
          t.layout().stride(2));
    }

    /** Where row i of a head begins. */
    int row(int b, int h, int i) {
      return at + b * batch + i * token + h * head;
    }
  }

  /** The working memory of a thread. */
  private static final class Room {
    static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

    /** The queries of a block, scaled. */
    float[] q = new float[0];

    /** What is summed for the queries of a block. */
    float[] out = new float[0];

    /** Scores, then weights, of a block; then those after dropout, then gradients of either. */
    final float[] s = new float[QUERIES * KEYS];

    final float[] dropped = new float[QUERIES * KEYS];
    final float[] ds = new float[QUERIES * KEYS];

    /** 1 where a weight stays, 0 where it is dropped. */
    final float[] kept = new float[QUERIES * KEYS];

    final float[] max = new float[QUERIES];
    final float[] sum = new float[QUERIES];

    void fit(int width, int valueWidth) {
      if (q.length < QUERIES * width) {
        q = new float[QUERIES * width];
      }
      if (out.length < QUERIES * valueWidth) {
        out = new float[QUERIES * valueWidth];
      }
    }
  }

  // ---- forward ------------------------------------------------------------------------------

  /** Computes the block of queries from {@code from} on of one head of one sample. */
  void forward(int head, int from, Rows to, Tensor lse) {
    int b = head / heads;
    int h = head % heads;
    int count = Math.min(QUERIES, queries - from);
    int seen = spec.visible(from + count - 1, keys);
    Room room = Room.CURRENT.get();
    room.fit(width, valueWidth);
    scaledQueries(b, h, from, count, room);
    Arrays.fill(room.max, 0, count, HIDDEN);
    Arrays.fill(room.sum, 0, count, 0f);
    for (int key = 0; key < seen; key += KEYS) {
      int n = Math.min(KEYS, seen - key);
      scores(b, h, from, count, key, n, room);
      weights(count, n, key == 0, room);
      if (spec.dropout() > 0) {
        drop(head, from, count, key, n, room, room.s, room.s);
      }
      FloatGemm.current()
          .a(room.s, 0, n, 1)
          .b(v.array, v.row(b, h, key), v.token, 1)
          .c(room.out, 0, valueWidth)
          .run(count, valueWidth, n, key > 0);
    }
    float[] logs = Heap.floats(lse);
    int logAt = Heap.at(lse) + head * queries + from;
    for (int i = 0; i < count; i++) {
      int at = to.row(b, h, from + i);
      if (room.sum[i] == 0) {
        // All keys are hidden.
        Arrays.fill(to.array, at, at + valueWidth, 0f);
        logs[logAt + i] = HIDDEN;
      } else {
        System.arraycopy(room.out, i * valueWidth, to.array, at, valueWidth);
        loops.scale(to.array, at, valueWidth, 1f / room.sum[i]);
        logs[logAt + i] = room.max[i] + Recipes.log(room.sum[i]);
      }
    }
  }

  private void scaledQueries(int b, int h, int from, int count, Room room) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(q.array, q.row(b, h, from + i), room.q, i * width, width);
    }
    loops.scale(room.q, 0, count * width, scale);
  }

  /** s = scale·q·kᵀ + mask, hidden keys −∞, of a block. */
  private void scores(int b, int h, int from, int count, int key, int n, Room room) {
    float[] s = room.s;
    FloatGemm.current()
        .a(room.q, 0, width, 1)
        .b(k.array, k.row(b, h, key), 1, k.token)
        .c(s, 0, n)
        .run(count, n, width, false);
    if (mask != null) {
      float[] m = Heap.floats(mask);
      int step = mask.layout().stride(3);
      for (int i = 0; i < count; i++) {
        int at =
            Heap.at(mask)
                + b * mask.layout().stride(0)
                + h * mask.layout().stride(1)
                + (from + i) * mask.layout().stride(2)
                + key * step;
        for (int j = 0; j < n; j++) {
          s[i * n + j] += m[at + j * step];
        }
      }
    }
    for (int i = 0; i < count; i++) {
      int seen = spec.visible(from + i, keys) - key;
      if (seen < n) {
        Arrays.fill(s, i * n + Math.max(0, seen), (i + 1) * n, HIDDEN);
      }
    }
  }

  /** s ← exp(s − max); the maximum and the sum of each row go on, and so does what was summed. */
  private void weights(int count, int n, boolean first, Room room) {
    float[] s = room.s;
    float[] chains = FloatRows.chains();
    for (int i = 0; i < count; i++) {
      float before = room.max[i];
      float max = Math.max(before, rows.max(s, i * n, n));
      if (!first && before != max) {
        float factor = before == HIDDEN ? 0f : Recipes.exp(before - max);
        room.sum[i] *= factor;
        loops.scale(room.out, i * valueWidth, valueWidth, factor);
      }
      room.max[i] = max;
      loops.shift(s, i * n, n, max == HIDDEN ? 0f : max, 0f, s, i * n);
    }
    exp.apply(s, 0, count * n, s, 0);
    for (int i = 0; i < count; i++) {
      FloatRows.clear(chains, 0);
      rows.addSum(s, i * n, n, chains);
      room.sum[i] += rows.fold(chains, 0, n);
    }
  }

  /** to = from where a weight stays, divided by the probability, else 0. */
  private void drop(
      int head, int first, int count, int key, int n, Room room, float[] from, float[] to) {
    double keep = 1 - spec.dropout();
    int limit = (int) Math.ceil(keep * 0x1p24);
    float factor = (float) (1 / keep);
    int[] words = Draws.room();
    for (int i = 0; i < count; i++) {
      long place = ((long) head * queries + first + i) * keys + key;
      int skip = (int) place & 3;
      draws.words(seed, place >>> 2, Math.ceilDiv(skip + n, 4), words);
      draws.bernoulli(words, skip, n, limit, room.kept, i * n);
    }
    for (int i = 0; i < count * n; i++) {
      to[i] = room.kept[i] == 0 ? 0f : from[i] * factor;
    }
  }

  // ---- backward -----------------------------------------------------------------------------

  /** Computes the gradients of one head of one sample. */
  void backward(int head, Rows value, Tensor lse, Rows given, Rows toQ, Rows toK, Rows toV) {
    int b = head / heads;
    int h = head % heads;
    float[] logs = Heap.floats(lse);
    int logAt = Heap.at(lse) + head * queries;
    Room room = Room.CURRENT.get();
    room.fit(width, valueWidth);
    clear(toQ, b, h, queries, width);
    clear(toK, b, h, keys, width);
    clear(toV, b, h, keys, valueWidth);
    float[] chains = FloatRows.chains();
    for (int from = 0; from < queries; from += QUERIES) {
      int count = Math.min(QUERIES, queries - from);
      int seen = spec.visible(from + count - 1, keys);
      scaledQueries(b, h, from, count, room);
      int givenAt = given.row(b, h, from);
      int qAt = toQ.row(b, h, from);
      for (int i = 0; i < count; i++) {
        FloatRows.clear(chains, 0);
        int at = givenAt + i * given.token;
        rows.addDot(given.array, at, value.array, value.row(b, h, from + i), valueWidth, chains);
        room.sum[i] = rows.fold(chains, 0, valueWidth);
        float log = logs[logAt + from + i];
        room.max[i] = log == HIDDEN ? Float.POSITIVE_INFINITY : log;
      }
      for (int key = 0; key < seen; key += KEYS) {
        int n = Math.min(KEYS, seen - key);
        scores(b, h, from, count, key, n, room);
        for (int i = 0; i < count; i++) {
          loops.shift(room.s, i * n, n, room.max[i], 0f, room.s, i * n);
        }
        exp.apply(room.s, 0, count * n, room.s, 0);
        boolean drops = spec.dropout() > 0;
        if (drops) {
          drop(head, from, count, key, n, room, room.s, room.dropped);
        }
        FloatGemm.current()
            .a(drops ? room.dropped : room.s, 0, 1, n)
            .b(given.array, givenAt, given.token, 1)
            .c(toV.array, toV.row(b, h, key), toV.token)
            .run(n, valueWidth, count, true);
        FloatGemm.current()
            .a(given.array, givenAt, given.token, 1)
            .b(v.array, v.row(b, h, key), 1, v.token)
            .c(room.ds, 0, n)
            .run(count, n, valueWidth, false);
        if (drops) {
          dropAgain(count * n, room);
        }
        for (int i = 0; i < count; i++) {
          loops.softmaxGradient(room.s, i * n, room.ds, i * n, n, room.sum[i], room.ds, i * n);
        }
        FloatGemm.current()
            .a(room.ds, 0, n, 1)
            .b(k.array, k.row(b, h, key), k.token, 1)
            .c(toQ.array, qAt, toQ.token)
            .run(count, width, n, true);
        FloatGemm.current()
            .a(room.ds, 0, 1, n)
            .b(room.q, 0, width, 1)
            .c(toK.array, toK.row(b, h, key), toK.token)
            .run(n, width, count, true);
      }
      for (int i = 0; i < count; i++) {
        loops.scale(toQ.array, qAt + i * toQ.token, width, scale);
      }
    }
  }

  /** Gradients of weights that were dropped are 0; the draw is still there. */
  private void dropAgain(int n, Room room) {
    float factor = (float) (1 / (1 - spec.dropout()));
    for (int i = 0; i < n; i++) {
      room.ds[i] = room.kept[i] == 0 ? 0f : room.ds[i] * factor;
    }
  }

  private static void clear(Rows to, int b, int h, int count, int width) {
    for (int i = 0; i < count; i++) {
      int at = to.row(b, h, i);
      Arrays.fill(to.array, at, at + width, 0f);
    }
  }
}
