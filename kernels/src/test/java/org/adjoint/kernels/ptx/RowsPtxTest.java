package org.adjoint.kernels.ptx;

import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Softmax, cross-entropy and norms against the reference, on many shapes. */
class RowsPtxTest {
  /** rows, n. */
  private static final int[][] ROWS = {
    {1, 1}, {3, 2}, {1, 7}, {9, 10}, {5, 31}, {8, 32}, {17, 33}, {2, 63}, {1, 64}, {4, 100},
    {33, 3}, {2, 255}, {1, 257}, {3, 500}, {1, 1000}, {2, 1024}, {1, 1025}, {2, 1500}, {1, 2048},
    {3, 1300}, {70, 5}
  };

  /** n, channels, spatial. */
  private static final int[][] CHANNELS = {
    {1, 1, 2},
    {2, 1, 1},
    {3, 4, 5},
    {8, 3, 1},
    {2, 16, 9},
    {5, 2, 64},
    {1, 7, 33},
    {4, 6, 25},
    {16, 5, 4},
    {2, 3, 300},
    {7, 1, 50},
    {64, 2, 3},
    {1, 40, 3},
    {3, 3, 100},
    {2, 9, 17},
    {10, 10, 1},
    {300, 2, 1},
    {6, 4, 49},
    {2, 2, 257},
    {12, 1, 31}
  };

  private static Dim3 block(int n) {
    return n <= 1024 ? Dim3.of(32, 8) : Dim3.of(256);
  }

  private static double[] all(double value) {
    return new double[] {value};
  }

  private static float largest(float[] v) {
    float m = 0;
    for (float x : v) {
      m = Math.max(m, Math.abs(x));
    }
    return m;
  }

  @Test
  void softmax() {
    var reference = PtxCompare.reference().softmax();
    try (PtxRun run = new PtxRun()) {
      for (int[] s : ROWS) {
        int size = s[0] * s[1];
        float[] x = PtxRun.numbers(1, size);
        float[] dy = PtxRun.numbers(2, size);
        long xAt = run.in(x);
        long dyAt = run.in(dy);
        long y = run.words(size);
        long dx = run.words(size);
        Dim3 block = block(s[1]);
        Tensor bx = PtxCompare.exact(x, s);
        Tensor bd = PtxCompare.exact(dy, s);
        Tensor by = PtxCompare.blank(s);
        Tensor bdx = PtxCompare.blank(s);
        run.launch("softmax.ptx", "softmax_f32", Dim3.of(2), block, y, xAt, s[0], s[1]);
        reference.softmax(bx, by);
        PtxCompare.bound(
            "softmax", run.floats(y, size), by.toDoubleArray(), s[1], by.toDoubleArray());
        run.launch(
            "softmax.ptx", "softmax_gradient_f32", Dim3.of(2), block, dx, y, dyAt, s[0], s[1]);
        reference.softmaxGradient(by, bd, bdx);
        PtxCompare.bound(
            "softmax gradient",
            run.floats(dx, size),
            bdx.toDoubleArray(),
            s[1],
            all(2 * largest(dy)));
        run.launch("softmax.ptx", "log_softmax_f32", Dim3.of(1), block, y, xAt, s[0], s[1]);
        reference.logSoftmax(bx, by);
        PtxCompare.bound("log softmax", run.floats(y, size), by.toDoubleArray(), s[1], all(8));
        run.launch(
            "softmax.ptx", "log_softmax_gradient_f32", Dim3.of(3), block, dx, y, dyAt, s[0], s[1]);
        reference.logSoftmaxGradient(by, bd, bdx);
        PtxCompare.bound(
            "log softmax gradient",
            run.floats(dx, size),
            bdx.toDoubleArray(),
            s[1],
            all(2 * s[1] * largest(dy) * 0.1 + 4));
        crossEntropy(run, s, x, xAt, y, dx, block);
        run.clear();
      }
    }
  }

  private static void crossEntropy(
      PtxRun run, int[] s, float[] x, long xAt, long y, long dx, Dim3 block) {
    int size = s[0] * s[1];
    var reference = PtxCompare.reference().softmax();
    int[] labels = PtxRun.indices(7, s[0], s[1]);
    float[] weights = PtxRun.numbers(3, s[0]);
    long labelsAt = run.in(labels);
    long losses = run.words(s[0]);
    run.launch(
        "softmax.ptx",
        "cross_entropy_f32",
        Dim3.of(2),
        block,
        y,
        losses,
        xAt,
        labelsAt,
        s[0],
        s[1]);
    Tensor by = PtxCompare.blank(s);
    Tensor bl = PtxCompare.blank(s[0]);
    Tensor label = PtxCompare.ints(labels, s[0]);
    reference.crossEntropy(PtxCompare.exact(x, s), label, by, bl);
    PtxCompare.bound("losses", run.floats(losses, s[0]), bl.toDoubleArray(), s[1], all(8));
    run.launch(
        "softmax.ptx",
        "cross_entropy_gradient_f32",
        Dim3.of(2, 3),
        Dim3.of(32, 4),
        dx,
        y,
        labelsAt,
        run.in(weights),
        s[0],
        s[1],
        1);
    Tensor bdx = PtxCompare.blank(s);
    reference.crossEntropyGradient(by, label, PtxCompare.exact(weights, s[0]), bdx);
    PtxCompare.bound("loss gradient", run.floats(dx, size), bdx.toDoubleArray(), s[1], all(8));
  }

  @Test
  void rowNorms() {
    var reference = PtxCompare.reference().norms();
    try (PtxRun run = new PtxRun()) {
      for (int v = 0; v < ROWS.length; v++) {
        int[] s = ROWS[v];
        int size = s[0] * s[1];
        int centred = v % 2;
        boolean scaled = v % 3 != 0;
        float[] x = PtxRun.numbers(1, size);
        float[] dy = PtxRun.numbers(2, size);
        float[] gamma = PtxRun.numbers(3, s[1]);
        float[] beta = PtxRun.numbers(4, s[1]);
        long xAt = run.in(x);
        long gammaAt = scaled ? run.in(gamma) : 0L;
        long y = run.words(size);
        long mean = run.words(s[0]);
        long rstd = run.words(s[0]);
        float epsilon = 1f;
        run.launch(
            "row_norms.ptx",
            "row_norm_f32",
            Dim3.of(2),
            block(s[1]),
            y,
            mean,
            rstd,
            xAt,
            gammaAt,
            scaled ? run.in(beta) : 0L,
            s[0],
            s[1],
            centred,
            epsilon);
        Tensor by = PtxCompare.blank(s);
        Tensor bm = PtxCompare.blank(s[0]);
        Tensor br = PtxCompare.blank(s[0]);
        Tensor bx = PtxCompare.exact(x, s);
        Tensor bg = scaled ? PtxCompare.exact(gamma, s[1]) : null;
        Tensor bb = scaled ? PtxCompare.exact(beta, s[1]) : null;
        reference.rowNorm(bx, bg, bb, centred == 1, epsilon, by, bm, br);
        PtxCompare.bound("norm", run.floats(y, size), by.toDoubleArray(), s[1], all(8));
        PtxCompare.bound("mean", run.floats(mean, s[0]), bm.toDoubleArray(), s[1], all(2));
        PtxCompare.bound("rstd", run.floats(rstd, s[0]), br.toDoubleArray(), s[1], all(2));

        long dyAt = run.in(dy);
        long dx = run.words(size);
        run.launch(
            "row_norms.ptx",
            "row_norm_gradient_f32",
            Dim3.of(2),
            block(s[1]),
            dx,
            xAt,
            mean,
            rstd,
            gammaAt,
            dyAt,
            s[0],
            s[1],
            centred);
        int chunk = 16;
        int chunks = (s[0] + chunk - 1) / chunk;
        long parts = run.words(chunks * s[1]);
        long others = run.words(chunks * s[1]);
        run.launch(
            "row_norms.ptx",
            "row_norm_weights_f32",
            Dim3.of((s[1] + 31) / 32, chunks),
            Dim3.of(32, 8),
            parts,
            others,
            xAt,
            mean,
            rstd,
            dyAt,
            s[0],
            s[1],
            chunk);
        long dgamma = run.words(s[1]);
        long dbeta = run.words(s[1]);
        for (int k = 0; k < 2; k++) {
          run.launch(
              "reductions.ptx",
              "sum_columns_f32",
              Dim3.of(2),
              Dim3.of(32, 8),
              k == 0 ? dgamma : dbeta,
              k == 0 ? parts : others,
              1,
              chunks,
              s[1],
              2048,
              1,
              1f);
        }
        Tensor bdx = PtxCompare.blank(s);
        Tensor bdg = PtxCompare.blank(s[1]);
        Tensor bdb = PtxCompare.blank(s[1]);
        reference.rowNormGradient(
            bx, bm, br, bg, centred == 1, PtxCompare.exact(dy, s), bdx, bdg, bdb);
        PtxCompare.bound("norm dx", run.floats(dx, size), bdx.toDoubleArray(), s[1], all(24));
        double sums = 8.0 * s[0];
        PtxCompare.bound("dgamma", run.floats(dgamma, s[1]), bdg.toDoubleArray(), s[0], all(sums));
        PtxCompare.bound("dbeta", run.floats(dbeta, s[1]), bdb.toDoubleArray(), s[0], all(sums));
        run.clear();
      }
    }
  }

  /** Neighbours among the floats, whose mean is no float: it would be off by all of x - mean. */
  @Test
  void rowsOfNeighbours() {
    float[] x = {1, Math.nextUp(1f), 3, 3, -1, Math.nextDown(-1f)};
    float epsilon = 0x1p-60f;
    try (PtxRun run = new PtxRun()) {
      long y = run.words(6);
      long mean = run.words(3);
      long rstd = run.words(3);
      Dim3 warps = Dim3.of(32, 8);
      run.launch(
          "row_norms.ptx",
          "row_norm_f32",
          Dim3.of(1),
          warps,
          y,
          mean,
          rstd,
          run.in(x),
          0L,
          0L,
          3,
          2,
          1,
          epsilon);
      Tensor by = PtxCompare.blank(3, 2);
      Tensor br = PtxCompare.blank(3);
      PtxCompare.reference()
          .norms()
          .rowNorm(
              PtxCompare.exact(x, 3, 2), null, null, true, epsilon, by, PtxCompare.blank(3), br);
      PtxCompare.bound("norm", run.floats(y, 6), by.toDoubleArray(), 2, 0);
      PtxCompare.bound("rstd", run.floats(rstd, 3), br.toDoubleArray(), 2, 0);
    }
  }

  @Test
  void batchNorm() {
    var reference = PtxCompare.reference().norms();
    try (PtxRun run = new PtxRun()) {
      for (int[] s : CHANNELS) {
        int size = s[0] * s[1] * s[2];
        int count = s[0] * s[2];
        int c = s[1];
        float epsilon = 0.5f;
        float[] x = PtxRun.numbers(1, size);
        float[] dy = PtxRun.numbers(2, size);
        float[] gamma = PtxRun.numbers(3, c);
        float[] beta = PtxRun.numbers(4, c);
        long xAt = run.in(x);
        long gammaAt = run.in(gamma);
        long mean = run.words(c);
        long variance = run.words(c);
        long y = run.words(size);
        Dim3 grid = Dim3.of(2, 3);
        Dim3 rows = Dim3.of(16, 4);
        run.launch(
            "norms.ptx",
            "batch_statistics_f32",
            Dim3.of(3),
            Dim3.of(256),
            mean,
            variance,
            xAt,
            s[0],
            c,
            s[2]);
        run.launch(
            "norms.ptx",
            "batch_norm_f32",
            grid,
            rows,
            y,
            xAt,
            mean,
            variance,
            gammaAt,
            run.in(beta),
            s[0],
            c,
            s[2],
            epsilon);
        Tensor bx = PtxCompare.exact(x, s);
        Tensor bm = PtxCompare.blank(c);
        Tensor bv = PtxCompare.blank(c);
        Tensor by = PtxCompare.blank(s);
        Tensor bg = PtxCompare.exact(gamma, c);
        reference.batchStatistics(bx, bm, bv);
        reference.batchNorm(bx, bm, bv, bg, PtxCompare.exact(beta, c), epsilon, by);
        PtxCompare.bound("mean", run.floats(mean, c), bm.toDoubleArray(), count, all(2));
        PtxCompare.bound("variance", run.floats(variance, c), bv.toDoubleArray(), count, all(8));
        PtxCompare.bound("batch norm", run.floats(y, size), by.toDoubleArray(), count, all(8));
        long dyAt = run.in(dy);
        long dx = run.words(size);
        long dgamma = run.words(c);
        long dbeta = run.words(c);
        run.launch(
            "norms.ptx",
            "batch_norm_gradient_sums_f32",
            Dim3.of(2),
            Dim3.of(256),
            dgamma,
            dbeta,
            xAt,
            mean,
            variance,
            dyAt,
            s[0],
            c,
            s[2],
            epsilon);
        run.launch(
            "norms.ptx",
            "batch_norm_gradient_f32",
            grid,
            rows,
            dx,
            xAt,
            mean,
            variance,
            gammaAt,
            dyAt,
            dgamma,
            dbeta,
            s[0],
            c,
            s[2],
            epsilon);
        Tensor bdx = PtxCompare.blank(s);
        Tensor bdg = PtxCompare.blank(c);
        Tensor bdb = PtxCompare.blank(c);
        reference.batchNormGradient(
            bx, bm, bv, bg, epsilon, PtxCompare.exact(dy, s), bdx, bdg, bdb);
        double sums = 8.0 * count;
        PtxCompare.bound("dgamma", run.floats(dgamma, c), bdg.toDoubleArray(), count, all(sums));
        PtxCompare.bound("dbeta", run.floats(dbeta, c), bdb.toDoubleArray(), count, all(sums));
        PtxCompare.bound("batch dx", run.floats(dx, size), bdx.toDoubleArray(), count, all(24));
        run.clear();
      }
    }
  }
}
