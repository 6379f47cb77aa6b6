package org.adjoint.kernels.ptx;

import java.util.Arrays;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Attention, forward and back, against the reference, on many shapes. */
class AttentionPtxTest {
  /** batch, heads, queries, keys, width, valueWidth, causal, past, mask, dropout. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {1, 1, 3, 5, 4, 4, 0, 0, 0, 0},
    {2, 2, 8, 8, 8, 8, 1, 0, 0, 0},
    {1, 3, 9, 33, 16, 5, 0, 0, 1, 0},
    {1, 1, 17, 40, 32, 32, 1, 23, 0, 0},
    {2, 1, 5, 64, 33, 3, 0, 0, 1, 0},
    {1, 2, 16, 16, 64, 64, 1, 0, 1, 0},
    {1, 1, 2, 65, 7, 40, 0, 0, 0, 1},
    {1, 1, 8, 8, 3, 300, 0, 0, 0, 0},
    {1, 1, 4, 9, 290, 4, 1, 2, 0, 0},
    {3, 1, 7, 7, 5, 6, 1, 0, 0, 1},
    {1, 4, 1, 31, 8, 8, 0, 0, 1, 1},
    {1, 1, 33, 1, 2, 2, 0, 0, 0, 0},
    {2, 2, 10, 12, 4, 4, 1, 1, 1, 1},
    {1, 1, 40, 40, 8, 8, 1, 0, 0, 0},
    {1, 2, 6, 70, 12, 20, 0, 0, 0, 0},
    {1, 1, 12, 3, 6, 2, 1, 0, 1, 0},
    {4, 1, 2, 2, 9, 9, 0, 0, 0, 1},
    {1, 1, 24, 32, 16, 16, 0, 0, 1, 0},
    {1, 5, 3, 4, 2, 3, 1, 0, 0, 0}
  };

  @Test
  void attends() {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        check(run, s);
        run.clear();
      }
    }
  }

  private static void check(PtxRun run, int[] s) {
    int b = s[0];
    int h = s[1];
    int n = s[2];
    int m = s[3];
    int w = s[4];
    int vw = s[5];
    float[] q = PtxRun.numbers(1, b * n * h * w);
    float[] k = PtxRun.numbers(2, b * m * h * w);
    float[] v = PtxRun.numbers(3, b * m * h * vw);
    float[] mask = PtxRun.numbers(4, b * h * n * m);
    float[] dy = PtxRun.numbers(5, b * n * h * vw);
    for (int i = 0; i < mask.length; i++) {
      mask[i] = mask[i] < -1 ? Float.NEGATIVE_INFINITY : mask[i];
    }
    double dropout = s[9] == 1 ? 0.25 : 0;
    AttentionSpec spec = new AttentionSpec(1 / Math.sqrt(w), s[6] == 1, s[7], dropout);
    int[] qs = {b, n, h, w};
    int[] ks = {b, m, h, w};
    int[] vs = {b, m, h, vw};
    int[] ys = {b, n, h, vw};
    Tensor tq = PtxCompare.exact(q, qs);
    Tensor tk = PtxCompare.exact(k, ks);
    Tensor tv = PtxCompare.exact(v, vs);
    Tensor tm = s[8] == 1 ? PtxCompare.exact(mask, b, h, n, m) : null;
    float[] key = {3, 1234567};
    Tensor tkey = s[9] == 1 ? PtxCompare.exact(key, 2) : null;
    Tensor ty = PtxCompare.blank(ys);
    Tensor lse = PtxCompare.blank(b, h, n);
    Tensor td = PtxCompare.exact(dy, ys);
    var reference = PtxCompare.reference().attention();
    reference.attention(tq, tk, tv, tm, tkey, spec, ty, lse);
    Tensor dq = PtxCompare.blank(qs);
    Tensor dk = PtxCompare.blank(ks);
    Tensor dv = PtxCompare.blank(vs);
    reference.attentionGradient(tq, tk, tv, tm, tkey, spec, ty, lse, td, dq, dk, dv);

    long y = run.words(b * n * h * vw);
    long lseAt = run.words(b * h * n);
    long delta = run.words(b * h * n);
    Object[] arguments = {
      y,
      lseAt,
      delta,
      run.in(q),
      run.in(k),
      run.in(v),
      y,
      run.in(dy),
      s[8] == 1 ? run.in(mask) : 0L,
      s[9] == 1 ? run.in(key) : 0L,
      b,
      h,
      n,
      m,
      w,
      vw,
      n * h * w,
      h * w,
      w,
      m * h * w,
      h * w,
      w,
      m * h * vw,
      h * vw,
      vw,
      h * n * m,
      n * m,
      m,
      1,
      s[6],
      s[7],
      (int) Math.ceil((1 - dropout) * (1 << 24)),
      (float) spec.scale(),
      (float) (1 / (1 - dropout))
    };
    String what = Arrays.toString(s);
    launch(run, "attention_f32", n, arguments);
    // scores are sums over the width of products up to 4, weights sum to one
    PtxCompare.bound("y " + what, run.floats(y, b * n * h * vw), ty.toDoubleArray(), m + w, 12);
    PtxCompare.bound("lse " + what, run.floats(lseAt, b * h * n), lse.toDoubleArray(), m + w, 12);
    arguments[0] = delta;
    launch(run, "attention_delta_f32", n, arguments);
    arguments[0] = run.words(b * n * h * w);
    launch(run, "attention_gradient_query_f32", n, arguments);
    double s1 = 8.0 * vw;
    PtxCompare.bound(
        "dq " + what,
        run.floats((long) arguments[0], b * n * h * w),
        dq.toDoubleArray(),
        m + w + vw,
        s1);
    arguments[0] = run.words(b * m * h * w);
    launch(run, "attention_gradient_key_f32", m, arguments);
    PtxCompare.bound(
        "dk " + what,
        run.floats((long) arguments[0], b * m * h * w),
        dk.toDoubleArray(),
        n + w + vw,
        s1 * n);
    arguments[0] = run.words(b * m * h * vw);
    launch(run, "attention_gradient_value_f32", m, arguments);
    PtxCompare.bound(
        "dv " + what,
        run.floats((long) arguments[0], b * m * h * vw),
        dv.toDoubleArray(),
        n + w,
        8.0 * n);
  }

  private static void launch(PtxRun run, String entry, int rows, Object[] arguments) {
    run.launch("attention.ptx", entry, Dim3.of((rows + 7) / 8, 2), Dim3.of(32, 8), arguments);
  }
}
