package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract of {@link AttentionKernels}. */
public abstract class AttentionContract extends KernelsContract {
  private static final AttentionSpec PLAIN = new AttentionSpec(0.5, false, 0, 0);

  private AttentionKernels attention() {
    return kernels().attention();
  }

  /** One call: operands, settings and what forward left. */
  private final class Call {
    final Tensor q;
    final Tensor k;
    final Tensor v;
    final @Nullable Tensor mask;
    final @Nullable Tensor key;
    final AttentionSpec spec;
    final Tensor y;
    final Tensor lse;

    Call(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, AttentionSpec spec) {
      this.q = q;
      this.k = k;
      this.v = v;
      this.mask = mask;
      this.spec = spec;
      key = spec.dropout() > 0 ? tensor(q.dtype(), new double[] {12_345, 67_890}, 2) : null;
      y = garbage(q.dtype(), q.dim(0), q.dim(1), q.dim(2), v.dim(3));
      lse = garbage(q.dtype(), q.dim(0), q.dim(2), q.dim(1));
      attention().attention(q, k, v, mask, key, spec, y, lse);
    }

    private @Nullable Tensor exactly(@Nullable Tensor t) {
      return t == null ? null : exact(t);
    }

    void check() {
      Tensor ry = blankLike(y);
      Tensor rl = blankLike(lse);
      reference()
          .attention()
          .attention(exact(q), exact(k), exact(v), exactly(mask), exactly(key), spec, ry, rl);
      // Scores are sums of `width` products and numbers of the mask; their errors are those of the
      // weights, relative to their size.
      double size = 1 + q.dim(3) * Math.abs(spec.scale()) * largest(q) * largest(k);
      size += mask == null ? 0 : finite(mask);
      long n = (long) q.dim(3) + k.dim(1);
      double keep = 1 - spec.dropout();
      check("y", y, ry, 3 * size * largest(v) / keep, n);
      check("lse", lse, rl, 3 * size + Math.log(1 + k.dim(1)), n);
      Tensor dy = random(q.dtype(), 9, y.shape().toArray());
      Tensor[] d = {garbageLike(q), garbageLike(k), garbageLike(v)};
      attention().attentionGradient(q, k, v, mask, key, spec, y, lse, dy, d[0], d[1], d[2]);
      Tensor[] r = {blankLike(q), blankLike(k), blankLike(v)};
      reference()
          .attention()
          .attentionGradient(
              exact(q),
              exact(k),
              exact(v),
              exactly(mask),
              exactly(key),
              spec,
              exact(y),
              exact(lse),
              exact(dy),
              r[0],
              r[1],
              r[2]);
      double ds = 4 * size * v.dim(3) * largest(v) / keep * Math.abs(spec.scale());
      check("dq", d[0], r[0], ds * largest(k), n + v.dim(3));
      check("dk", d[1], r[1], ds * q.dim(1) * largest(q), n + q.dim(1) + v.dim(3));
      check("dv", d[2], r[2], 3 * size * q.dim(1) / keep, n + q.dim(1));
    }

    private void check(String what, Tensor actual, Tensor expected, double sum, long n) {
      double[] s = new double[actual.size()];
      Arrays.fill(s, sum);
      String where = what + " of q " + q.shape() + " k " + k.shape() + " " + spec;
      assertBound(where, actual, expected.toDoubleArray(), s, n);
    }
  }

  private static double largest(Tensor t) {
    return Arrays.stream(t.toDoubleArray()).map(Math::abs).max().orElse(0);
  }

  private static double finite(Tensor t) {
    return Arrays.stream(t.toDoubleArray()).filter(Double::isFinite).map(Math::abs).max().orElse(0);
  }

  private Call call(DType dtype, AttentionSpec spec, boolean masked, int... s) {
    int b = s[0];
    int h = s[1];
    Tensor q = random(dtype, 1, b, s[2], h, s[4]);
    Tensor k = random(dtype, 2, b, s[3], h, s[4]);
    Tensor v = random(dtype, 3, b, s[3], h, s[5]);
    Tensor mask = null;
    if (masked) {
      double[] m = numbers(4, b * s[2] * s[3], -2, 2);
      for (int i = 0; i < m.length; i += 3) {
        m[i] = Double.NEGATIVE_INFINITY;
      }
      Shape scores = Shape.of(b, h, s[2], s[3]);
      mask = tensor(dtype, m, b, 1, s[2], s[3]).expand(scores);
    }
    return new Call(q, k, v, mask, spec);
  }

  @Test
  void everyShapeAndSetting() {
    int[][] shapes = {
      {1, 1, 1, 1, 1, 1},
      {1, 1, 1, 7, 3, 2},
      {2, 3, 5, 4, 8, 8},
      {1, 2, 17, 33, 16, 5},
      {1, 1, 63, 64, 4, 17},
      {1, 2, 64, 128, 3, 3},
      {2, 1, 65, 129, 7, 4},
      {1, 1, 130, 257, 5, 33},
      {1, 1, 3, 300, 64, 64},
      {3, 2, 1, 31, 32, 1}
    };
    for (DType dtype : FLOATING) {
      for (int[] s : shapes) {
        for (boolean causal : new boolean[] {false, true}) {
          call(dtype, new AttentionSpec(0.5, causal, 0, 0), false, s).check();
          call(dtype, new AttentionSpec(-0.7, causal, 2, 0), true, s).check();
        }
        call(dtype, new AttentionSpec(1, true, 0, 0.4), false, s).check();
        call(dtype, new AttentionSpec(1, false, 0, 0.2), true, s).check();
      }
    }
  }

  @Test
  void viewsOfALargerTensor() {
    for (DType dtype : FLOATING) {
      // Queries, keys and values side by side in one row, as one projection makes them.
      Tensor all = random(dtype, 5, 2, 9, 3 * 2 * 4);
      Tensor[] part = new Tensor[3];
      for (int i = 0; i < 3; i++) {
        part[i] = all.slice(2, 8 * i, 8 * i + 8).view(split(all.slice(2, 8 * i, 8 * i + 8)));
      }
      new Call(part[0], part[1], part[2], null, PLAIN).check();
      Tensor x = random(dtype, 6, 2, 5, 3, 4);
      for (Tensor view : views(x)) {
        new Call(view, x, view, null, PLAIN).check();
        Tensor dy = random(dtype, 7, 2, 5, 3, 4);
        Call c = new Call(x, x, x, null, PLAIN);
        for (Tensor given : views(dy)) {
          Tensor[] d = {garbageLike(x), garbageLike(x), garbageLike(x)};
          Tensor[] e = {garbageLike(x), garbageLike(x), garbageLike(x)};
          attention()
              .attentionGradient(x, x, x, null, null, PLAIN, c.y, c.lse, given, d[0], d[1], d[2]);
          attention()
              .attentionGradient(x, x, x, null, null, PLAIN, c.y, c.lse, dy, e[0], e[1], e[2]);
          assertSame("dq", d[0].toDoubleArray(), e[0].toDoubleArray());
        }
      }
    }
  }

  private static Layout split(Tensor rows) {
    Layout layout = rows.layout().reshape(Shape.of(2, 9, 2, 4));
    assertTrue(layout != null);
    return layout;
  }

  @Test
  void largeScoresDoNotOverflow() {
    for (DType dtype : FLOATING) {
      Tensor q = between(dtype, 1, 90, 100, 1, 3, 1, 2);
      Tensor k = between(dtype, 2, 90, 100, 1, 300, 1, 2);
      new Call(q, k, random(dtype, 3, 1, 300, 1, 2), null, PLAIN).check();
    }
  }

  @Test
  void aQueryThatSeesNoKeyGetsZero() {
    for (DType dtype : FLOATING) {
      double[] m = new double[2 * 200];
      Arrays.fill(m, 0, 200, Double.NEGATIVE_INFINITY);
      Tensor mask = tensor(dtype, m, 1, 1, 2, 200);
      Tensor q = random(dtype, 1, 1, 2, 1, 3);
      Tensor k = random(dtype, 2, 1, 200, 1, 3);
      Call c = new Call(q, k, random(dtype, 3, 1, 200, 1, 3), mask, PLAIN);
      c.check();
      assertEquals(0, c.y.get(0, 0, 0, 1));
      assertEquals(Double.NEGATIVE_INFINITY, c.lse.get(0, 0, 0));
      // And where there are none.
      Tensor none = random(dtype, 4, 1, 0, 1, 3);
      new Call(q, none, none, null, PLAIN).check();
      new Call(random(dtype, 5, 1, 0, 1, 3), k, k, null, PLAIN).check();
    }
  }

  @Test
  void notANumberStaysInItsQuery() {
    for (DType dtype : FLOATING) {
      double[] v = numbers(1, 6, -1, 1);
      v[0] = Double.NaN;
      Tensor k = random(dtype, 2, 1, 5, 1, 2);
      Call c = new Call(tensor(dtype, v, 1, 3, 1, 2), k, k, null, PLAIN);
      assertTrue(Double.isNaN(c.y.get(0, 0, 0, 0)));
      assertTrue(Double.isFinite(c.y.get(0, 1, 0, 0)));
    }
  }

  @Test
  void dropoutKeepsTheExpectationAndFollowsTheKey() {
    AttentionSpec spec = new AttentionSpec(0, false, 0, 0.25);
    int n = 40_000;
    Tensor q = random(DType.F32, 1, 1, 1, 1, 1);
    Tensor k = random(DType.F32, 2, 1, n, 1, 1);
    Tensor ones = between(DType.F32, 3, 1, 1, 1, n, 1, 1);
    Call c = new Call(q, k, ones, null, spec);
    assertEquals(1, c.y.get(0, 0, 0, 0), 0.02);
    Tensor again = garbageLike(c.y);
    Tensor other = tensor(DType.F32, new double[] {12_345, 67_891}, 2);
    attention().attention(q, k, ones, null, other, spec, again, garbageLike(c.lse));
    assertTrue(again.get(0, 0, 0, 0) != c.y.get(0, 0, 0, 0));
  }

  @Test
  void dropoutOfOneLeavesNothing() {
    for (DType dtype : FLOATING) {
      Call c = call(dtype, new AttentionSpec(0.5, false, 0, 1), false, 2, 2, 5, 7, 3, 4);
      assertZero(c.y);
      Tensor dy = random(dtype, 9, c.y.shape().toArray());
      Tensor[] d = {garbageLike(c.q), garbageLike(c.k), garbageLike(c.v)};
      attention()
          .attentionGradient(c.q, c.k, c.v, null, c.key, c.spec, c.y, c.lse, dy, d[0], d[1], d[2]);
      for (Tensor gradient : d) {
        assertZero(gradient);
      }
    }
  }

  private static void assertZero(Tensor t) {
    assertEquals(0, largest(t));
    assertTrue(Arrays.stream(t.toDoubleArray()).noneMatch(Double::isNaN));
  }

  private Tensor f32(int... dims) {
    return random(DType.F32, 1, dims);
  }

  private Tensor f64(int... dims) {
    return random(DType.F64, 1, dims);
  }

  @Test
  void refusals() {
    AttentionKernels a = attention();
    AttentionSpec plain = new AttentionSpec(1, false, 0, 0);
    AttentionSpec drops = new AttentionSpec(1, false, 0, 0.5);
    Tensor q = f32(2, 3, 4, 5);
    Tensor k = f32(2, 6, 4, 5);
    Tensor v = f32(2, 6, 4, 7);
    Tensor y = f32(2, 3, 4, 7);
    Tensor l = f32(2, 4, 3);
    String op = "attention";
    wrong(op, "spec", () -> a.attention(q, k, v, null, null, null, y, l));
    wrongShape(op, "q", () -> a.attention(f32(3, 4, 5), k, v, null, null, plain, y, l));
    wrongType(op, "q", () -> a.attention(indices(1, 2, 2, 3, 4, 5), k, v, null, null, plain, y, l));
    wrongShape(op, "k", () -> a.attention(q, f32(2, 6, 4, 6), v, null, null, plain, y, l));
    wrongShape(op, "v", () -> a.attention(q, k, f32(2, 5, 4, 7), null, null, plain, y, l));
    wrongType(op, "v", () -> a.attention(q, k, f64(2, 6, 4, 7), null, null, plain, y, l));
    wrongShape(
        op, "v", () -> a.attention(q, k, f32(2, 6, 4, 0), null, null, plain, f32(2, 3, 4, 0), l));
    wrongShape(
        op, "q", () -> a.attention(f32(2, 3, 4, 0), f32(2, 6, 4, 0), v, null, null, plain, y, l));
    wrongShape(op, "mask", () -> a.attention(q, k, v, f32(3, 6), null, plain, y, l));
    wrong(op, "key", () -> a.attention(q, k, v, null, null, drops, y, l));
    wrong(op, "key", () -> a.attention(q, k, v, null, f32(2), plain, y, l));
    wrongShape(op, "key", () -> a.attention(q, k, v, null, f32(3), drops, y, l));
    wrongShape(op, "y", () -> a.attention(q, k, v, null, null, plain, f32(2, 4, 3, 7), l));
    wrongShape(op, "lse", () -> a.attention(q, k, v, null, null, plain, y, f32(2, 3, 4)));
    Tensor same = f32(2, 3, 4, 5);
    wrong(op, "y", () -> a.attention(q, same, same, null, null, plain, q, l));
    String gradient = "attention gradient";
    Tensor dq = f32(2, 3, 4, 5);
    Tensor dk = f32(2, 6, 4, 5);
    wrongShape(
        gradient,
        "dy",
        () -> a.attentionGradient(q, k, v, null, null, plain, y, l, q, dq, dk, f32(2, 6, 4, 7)));
    wrongShape(
        gradient,
        "dk",
        () -> a.attentionGradient(q, k, v, null, null, plain, y, l, y, dq, dq, f32(2, 6, 4, 7)));
    wrong(
        gradient, "dv", () -> a.attentionGradient(q, k, v, null, null, plain, y, l, y, dq, dk, v));
    wrong(op, "scale", () -> new AttentionSpec(Double.NaN, false, 0, 0));
    wrong(op, "past", () -> new AttentionSpec(1, true, -1, 0));
    wrong(op, "dropout", () -> new AttentionSpec(1, true, 0, 1.001));
  }
}
