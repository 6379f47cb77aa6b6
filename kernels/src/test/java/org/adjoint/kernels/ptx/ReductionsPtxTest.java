package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reductions, scans and places of extremes against the reference, on many shapes. */
class ReductionsPtxTest {
  /** outer, n, inner. */
  private static final int[][] SHAPES = {
    {1, 1, 1}, {1, 2, 1}, {3, 7, 1}, {1, 31, 1}, {9, 32, 1}, {17, 33, 1}, {2, 257, 1},
    {1, 1024, 1}, {1, 1025, 1}, {2, 3000, 1}, {1, 20000, 1}, {1, 1, 2}, {2, 3, 5}, {1, 8, 32},
    {1, 9, 33}, {3, 17, 7}, {2, 40, 70}, {1, 2049, 3}, {2, 5000, 2}, {4, 1, 31}, {70, 4, 3}
  };

  private static int chunk(int inner, int n) {
    return inner > 1 ? 2048 : n <= 1024 ? n : 16384;
  }

  /** Launches as the head of the text says, twice where n has more than one chunk. */
  private static long reduce(PtxRun run, String op, long x, int outer, int n, int inner, float d) {
    int chunk = chunk(inner, n);
    int chunks = (n + chunk - 1) / chunk;
    long y = run.words(outer * chunks * inner);
    float divisor = chunks == 1 ? d : 1;
    if (inner > 1) {
      run.launch(
          "reductions.ptx",
          op + "_columns_f32",
          new Dim3(2, 1, 2),
          Dim3.of(32, 8),
          y,
          x,
          outer,
          n,
          inner,
          chunk,
          chunks,
          divisor);
    } else if (n <= 1024) {
      run.launch(
          "reductions.ptx",
          op + "_warps_f32",
          Dim3.of(2),
          Dim3.of(32, 8),
          y,
          x,
          outer,
          n,
          chunk,
          chunks,
          divisor);
    } else {
      run.launch(
          "reductions.ptx",
          op + "_rows_f32",
          Dim3.of(2),
          Dim3.of(256),
          y,
          x,
          outer,
          n,
          chunk,
          chunks,
          divisor);
    }
    return chunks == 1 ? y : reduce(run, op, y, outer, chunks, inner, d);
  }

  @ParameterizedTest
  @EnumSource
  void reduces(ReduceOp op) {
    String name = op == ReduceOp.MEAN ? "sum" : op.label();
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        int n = s[1];
        float[] x = PtxRun.numbers(n, s[0] * n * s[2]);
        if (op == ReduceOp.PROD) {
          // Products of thousands of numbers stay representable if these are near 1.
          for (int i = 0; i < x.length; i++) {
            x[i] = 1 + x[i] / 64;
          }
        }
        long y = reduce(run, name, run.in(x), s[0], n, s[2], op == ReduceOp.MEAN ? n : 1);
        Tensor expected = PtxCompare.blank(s[0], s[2]);
        Tensor sums = PtxCompare.blank(s[0], s[2]);
        PtxCompare.reference().reductions().reduce(op, PtxCompare.exact(x, s), 1, expected);
        PtxCompare.reference().reductions().reduce(op, PtxCompare.magnitude(x, s), 1, sums);
        PtxCompare.bound(
            op + " of " + s[0] + "x" + n + "x" + s[2],
            run.floats(y, s[0] * s[2]),
            expected.toDoubleArray(),
            n,
            sums.toDoubleArray());
        run.clear();
      }
    }
  }

  @Test
  void extremesOfNanAreNan() {
    try (PtxRun run = new PtxRun()) {
      float[] x = {1, Float.NaN, 3, -0f, 0f, -5, 2, 2, Float.NEGATIVE_INFINITY};
      for (String op : new String[] {"max", "min"}) {
        long y = reduce(run, op, run.in(x), 3, 3, 1, 1);
        float other = op.equals("max") ? 0f : -5;
        float last = op.equals("max") ? 2 : Float.NEGATIVE_INFINITY;
        PtxCompare.same(op, run.floats(y, 3), new float[] {Float.NaN, other, last});
      }
    }
  }

  @Test
  void scans() {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        if (s[1] > 3000) {
          continue;
        }
        for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.PROD}) {
          for (int reverse = 0; reverse < 2; reverse++) {
            float[] x = PtxRun.numbers(s[1], s[0] * s[1] * s[2]);
            long y = run.words(x.length);
            run.launch(
                "reductions.ptx",
                "scan_" + op.label() + "_f32",
                Dim3.of(2),
                Dim3.of(64),
                y,
                run.in(x),
                s[0],
                s[1],
                s[2],
                reverse);
            Tensor expected = PtxCompare.blank(s);
            PtxCompare.reference()
                .reductions()
                .scan(op, reverse == 1, PtxCompare.exact(x, s), 1, expected);
            PtxCompare.rounded("scan", run.floats(y, x.length), expected);
            run.clear();
          }
        }
      }
    }
  }

  @Test
  void placesOfExtremes() {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        float[] x = PtxRun.mixed(s[1], s[0] * s[1] * s[2], -3, 3);
        for (int sign = -1; sign <= 1; sign += 2) {
          long y = run.words(s[0] * s[2]);
          run.launch(
              "reductions.ptx",
              "arg_reduce_f32",
              Dim3.of(3),
              Dim3.of(32, 8),
              y,
              run.in(x),
              s[0],
              s[1],
              s[2],
              (float) sign);
          Tensor expected = PtxCompare.ints(new int[s[0] * s[2]], s[0], s[2]);
          PtxCompare.reference()
              .reductions()
              .argReduce(sign > 0, PtxCompare.exact(x, s), 1, expected);
          PtxCompare.same("arg", run.ints(y, s[0] * s[2]), expected.toIntArray());
        }
        run.clear();
      }
    }
  }
}
