package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention in float64: the blocks of {@link FloatAttention} with plain loops between products. */
final class DoubleAttention {
  /** Queries of a block. */
  static final int QUERIES = 64;

  /** Keys of a block. */
  static final int KEYS = 128;

  private static final double HIDDEN = Double.NEGATIVE_INFINITY;

  private final Draws draws;
  private final AttentionSpec spec;
  private final double scale;
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

  DoubleAttention(
      Draws draws,
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec) {
    this.draws = draws;
    this.spec = spec;
    this.mask = mask;
    this.q = new Rows(q);
    this.k = new Rows(k);
    this.v = new Rows(v);
    scale = spec.scale();
    queries = q.dim(1);
    keys = k.dim(1);
    heads = q.dim(2);
    width = q.dim(3);
    valueWidth = v.dim(3);
    seed =
        key == null
            ? 0
            : AttentionKernels.seed(
                Heap.doubles(key)[Heap.at(key)], Heap.doubles(key)[Heap.at(key) + 1]);
  }

  /** The rows of a tensor [batch, tokens, heads, width]. */
  record Rows(double[] array, int at, int batch, int token, int head) {
    Rows(Tensor t) {
      this(
          Heap.doubles(t),
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
    double[] q = new double[0];

    /** What is summed for the queries of a block. */
    double[] out = new double[0];

    /** Scores, then weights, of a block; then those after dropout, then gradients of either. */
    final double[] s = new double[QUERIES * KEYS];

    final double[] dropped = new double[QUERIES * KEYS];
    final double[] ds = new double[QUERIES * KEYS];

    /** 1 where a weight stays, 0 where it is dropped. */
    final float[] kept = new float[QUERIES * KEYS];

    final double[] max = new double[QUERIES];
    final double[] sum = new double[QUERIES];

    void fit(int width, int valueWidth) {
      if (q.length < QUERIES * width) {
        q = new double[QUERIES * width];
      }
      if (out.length < QUERIES * valueWidth) {
        out = new double[QUERIES * valueWidth];
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
    Arrays.fill(room.sum, 0, count, 0);
    for (int key = 0; key < seen; key += KEYS) {
      int n = Math.min(KEYS, seen - key);
      scores(b, h, from, count, key, n, room);
      weights(count, n, key == 0, room);
      if (spec.dropout() > 0) {
        drop(head, from, count, key, n, room, room.s, room.s);
      }
      DoubleGemm.current()
          .a(room.s, 0, n, 1)
          .b(v.array, v.row(b, h, key), v.token, 1)
          .c(room.out, 0, valueWidth)
          .run(count, valueWidth, n, key > 0);
    }
    double[] logs = Heap.doubles(lse);
    int logAt = Heap.at(lse) + head * queries + from;
    for (int i = 0; i < count; i++) {
      int at = to.row(b, h, from + i);
      if (room.sum[i] == 0) {
        // All keys are hidden.
        Arrays.fill(to.array, at, at + valueWidth, 0);
        logs[logAt + i] = HIDDEN;
      } else {
        System.arraycopy(room.out, i * valueWidth, to.array, at, valueWidth);
        scale(to.array, at, valueWidth, 1 / room.sum[i]);
        logs[logAt + i] = room.max[i] + StrictMath.log(room.sum[i]);
      }
    }
  }

  private void scaledQueries(int b, int h, int from, int count, Room room) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(q.array, q.row(b, h, from + i), room.q, i * width, width);
    }
    scale(room.q, 0, count * width, scale);
  }

  /** s = scale·q·kᵀ + mask, hidden keys −∞, of a block. */
  private void scores(int b, int h, int from, int count, int key, int n, Room room) {
    double[] s = room.s;
    DoubleGemm.current()
        .a(room.q, 0, width, 1)
        .b(k.array, k.row(b, h, key), 1, k.token)
        .c(s, 0, n)
        .run(count, n, width, false);
    if (mask != null) {
      double[] m = Heap.doubles(mask);
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
    double[] s = room.s;
    for (int i = 0; i < count; i++) {
      double before = room.max[i];
      double max = Math.max(before, max(s, i * n, n));
      if (!first && before != max) {
        double factor = before == HIDDEN ? 0 : StrictMath.exp(before - max);
        room.sum[i] *= factor;
        scale(room.out, i * valueWidth, valueWidth, factor);
      }
      room.max[i] = max;
      shift(s, i * n, n, max == HIDDEN ? 0 : max);
    }
    exp(s, count * n);
    for (int i = 0; i < count; i++) {
      for (int j = i * n; j < (i + 1) * n; j++) {
        room.sum[i] += s[j];
      }
    }
  }

  /** to = from where a weight stays, divided by the probability, else 0. */
  private void drop(
      int head, int first, int count, int key, int n, Room room, double[] from, double[] to) {
    double keep = 1 - spec.dropout();
    int limit = (int) Math.ceil(keep * 0x1p24);
    double factor = 1 / keep;
    int[] words = Draws.room();
    for (int i = 0; i < count; i++) {
      long place = ((long) head * queries + first + i) * keys + key;
      int skip = (int) place & 3;
      draws.words(seed, place >>> 2, Math.ceilDiv(skip + n, 4), words);
      draws.bernoulli(words, skip, n, limit, room.kept, i * n);
    }
    for (int i = 0; i < count * n; i++) {
      to[i] = room.kept[i] == 0 ? 0 : from[i] * factor;
    }
  }

  // ---- backward -----------------------------------------------------------------------------

  /** Computes the gradients of one head of one sample. */
  void backward(int head, Rows value, Tensor lse, Rows given, Rows toQ, Rows toK, Rows toV) {
    int b = head / heads;
    int h = head % heads;
    double[] logs = Heap.doubles(lse);
    int logAt = Heap.at(lse) + head * queries;
    Room room = Room.CURRENT.get();
    room.fit(width, valueWidth);
    clear(toQ, b, h, queries, width);
    clear(toK, b, h, keys, width);
    clear(toV, b, h, keys, valueWidth);
    for (int from = 0; from < queries; from += QUERIES) {
      int count = Math.min(QUERIES, queries - from);
      int seen = spec.visible(from + count - 1, keys);
      scaledQueries(b, h, from, count, room);
      int givenAt = given.row(b, h, from);
      int qAt = toQ.row(b, h, from);
      for (int i = 0; i < count; i++) {
        int at = givenAt + i * given.token;
        int valueAt = value.row(b, h, from + i);
        room.sum[i] = 0;
        for (int c = 0; c < valueWidth; c++) {
          room.sum[i] += given.array[at + c] * value.array[valueAt + c];
        }
        double log = logs[logAt + from + i];
        room.max[i] = log == HIDDEN ? Double.POSITIVE_INFINITY : log;
      }
      for (int key = 0; key < seen; key += KEYS) {
        int n = Math.min(KEYS, seen - key);
        scores(b, h, from, count, key, n, room);
        for (int i = 0; i < count; i++) {
          shift(room.s, i * n, n, room.max[i]);
        }
        exp(room.s, count * n);
        boolean drops = spec.dropout() > 0;
        if (drops) {
          drop(head, from, count, key, n, room, room.s, room.dropped);
        }
        DoubleGemm.current()
            .a(drops ? room.dropped : room.s, 0, 1, n)
            .b(given.array, givenAt, given.token, 1)
            .c(toV.array, toV.row(b, h, key), toV.token)
            .run(n, valueWidth, count, true);
        DoubleGemm.current()
            .a(given.array, givenAt, given.token, 1)
            .b(v.array, v.row(b, h, key), 1, v.token)
            .c(room.ds, 0, n)
            .run(count, n, valueWidth, false);
        if (drops) {
          dropAgain(count * n, room);
        }
        for (int i = 0; i < count; i++) {
          for (int j = i * n; j < (i + 1) * n; j++) {
            room.ds[j] = room.s[j] * (room.ds[j] - room.sum[i]);
          }
        }
        DoubleGemm.current()
            .a(room.ds, 0, n, 1)
            .b(k.array, k.row(b, h, key), k.token, 1)
            .c(toQ.array, qAt, toQ.token)
            .run(count, width, n, true);
        DoubleGemm.current()
            .a(room.ds, 0, 1, n)
            .b(room.q, 0, width, 1)
            .c(toK.array, toK.row(b, h, key), toK.token)
            .run(n, width, count, true);
      }
      for (int i = 0; i < count; i++) {
        scale(toQ.array, qAt + i * toQ.token, width, scale);
      }
    }
  }

  /** Gradients of weights that were dropped are 0; the draw is still there. */
  private void dropAgain(int n, Room room) {
    double factor = 1 / (1 - spec.dropout());
    for (int i = 0; i < n; i++) {
      room.ds[i] = room.kept[i] == 0 ? 0 : room.ds[i] * factor;
    }
  }

  private static void clear(Rows to, int b, int h, int count, int width) {
    for (int i = 0; i < count; i++) {
      int at = to.row(b, h, i);
      Arrays.fill(to.array, at, at + width, 0);
    }
  }

  // ---- loops --------------------------------------------------------------------------------

  private static void scale(double[] x, int at, int n, double f) {
    for (int i = at; i < at + n; i++) {
      x[i] *= f;
    }
  }

  private static void shift(double[] x, int at, int n, double by) {
    for (int i = at; i < at + n; i++) {
      x[i] -= by;
    }
  }

  private static void exp(double[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = StrictMath.exp(x[i]);
    }
  }

  private static double max(double[] x, int at, int n) {
    double max = HIDDEN;
    for (int i = at; i < at + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }
}
