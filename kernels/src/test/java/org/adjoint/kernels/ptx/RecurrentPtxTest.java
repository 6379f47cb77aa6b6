package org.adjoint.kernels.ptx;

import java.util.Arrays;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recurrent networks of step kernels and matrix products, and CTC, against the reference. */
class RecurrentPtxTest {
  /** steps, n, units, reverse, lengths. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 0, 0}, {2, 1, 1, 1, 0}, {3, 2, 4, 0, 0}, {3, 2, 4, 1, 1}, {1, 5, 8, 0, 1},
    {4, 3, 17, 0, 1}, {2, 7, 33, 1, 0}, {5, 1, 16, 0, 0}, {6, 2, 3, 1, 1}, {2, 16, 16, 0, 0},
    {3, 4, 10, 0, 1}, {2, 33, 2, 0, 0}, {7, 3, 5, 1, 0}, {1, 1, 64, 0, 0}, {2, 2, 65, 0, 1},
    {8, 1, 2, 0, 1}, {3, 8, 8, 1, 1}, {2, 9, 7, 0, 0}, {4, 5, 6, 1, 0}, {3, 3, 31, 0, 1}
  };

  @ParameterizedTest
  @EnumSource
  void runs(RecurrentCell cell) {
    try (PtxRun run = new PtxRun()) {
      for (int[] s : SHAPES) {
        check(run, cell, s);
        run.clear();
      }
    }
  }

  private static void product(
      PtxRun run, long y, long a, long b, long bias, int m, int n, int k, int bRow, int bCol) {
    run.launch(
        "matmul.ptx",
        "gemm_4_registers_f32",
        Dim3.of((n + 63) / 64, (m + 63) / 64),
        Dim3.of(256),
        y,
        a,
        b,
        bias,
        m,
        n,
        k,
        1,
        0,
        k,
        1,
        0,
        bRow,
        bCol);
  }

  private static void check(PtxRun run, RecurrentCell cell, int[] s) {
    int steps = s[0];
    int n = s[1];
    int units = s[2];
    boolean lstm = cell == RecurrentCell.LSTM;
    boolean gru = cell == RecurrentCell.GRU;
    RecurrentSpec spec = new RecurrentSpec(cell, s[3] == 1);
    int wide = cell.gates() * units;
    int kept = cell.saved() * units;
    int row = n * units;
    float[] x = PtxRun.numbers(1, steps * n * wide);
    float[] initial = PtxRun.numbers(2, cell.states() * row);
    float[] w = PtxRun.numbers(3, wide * units);
    float[] bias = PtxRun.numbers(4, wide);
    float[] dstates = PtxRun.numbers(5, (steps + cell.states()) * row);
    for (int i = 0; i < w.length; i++) {
      w[i] /= units;
    }
    int[] lengths = PtxRun.indices(6, n, steps + 1);

    long xAt = run.in(x);
    long initialAt = run.in(initial);
    long wAt = run.in(w);
    long biasAt = run.in(bias);
    long lengthsAt = s[4] == 1 ? run.in(lengths) : 0L;
    long saved = run.words(steps * n * kept);
    float[] begin = new float[(steps + cell.states()) * row];
    System.arraycopy(initial, 0, begin, spec.firstRow(steps) * row, row);
    long states = run.in(begin);
    long a = run.words(n * wide);
    long c = initialAt + 4L * row;
    int stride = units;
    Dim3 grid = Dim3.of(2);
    Dim3 block = Dim3.of(64);
    for (int i = 0; i < steps; i++) {
      int t = spec.step(i, steps);
      long before = states + 4L * spec.rowBefore(t) * row;
      product(run, a, before, wAt, biasAt, n, wide, units, 1, units);
      run.launch(
          "recurrent.ptx",
          cell.label() + "_step_f32",
          grid,
          block,
          states + 4L * spec.row(t) * row,
          kept == 0 ? 0L : saved + 4L * t * n * kept,
          xAt + 4L * t * n * wide,
          a,
          before,
          lstm ? c : 0L,
          lengthsAt,
          n,
          units,
          t,
          stride);
      c = saved + 4L * t * n * kept + 16L * units;
      stride = kept;
    }

    Tensor bw = PtxCompare.exact(w, wide, units);
    Tensor bi = PtxCompare.exact(initial, cell.states(), n, units);
    Tensor bl = s[4] == 1 ? PtxCompare.ints(lengths, n) : null;
    Tensor bSaved = PtxCompare.blank(steps, n, kept);
    Tensor bStates = PtxCompare.blank(steps + cell.states(), n, units);
    var reference = PtxCompare.reference().recurrent();
    reference.recurrent(
        spec,
        PtxCompare.exact(x, steps, n, wide),
        bi,
        bw,
        PtxCompare.exact(bias, wide),
        bl,
        bSaved,
        bStates);
    String what = cell + " " + Arrays.toString(s);
    double[] expected = Arrays.copyOf(bStates.toDoubleArray(), (steps + 1) * row);
    double grown = 8.0 * steps * (1 + largest(expected));
    PtxCompare.bound("h " + what, run.floats(states, expected.length), expected, units, grown);

    long direct = run.in(new float[row]);
    long through = run.in(new float[row]);
    long dc = lstm ? run.in(Arrays.copyOfRange(dstates, (steps + 1) * row, (steps + 2) * row)) : 0L;
    long dAt = run.in(dstates);
    long dx = run.words(steps * n * wide);
    long da = gru ? run.words(steps * n * wide) : dx;
    for (int i = steps - 1; i >= 0; i--) {
      int t = spec.step(i, steps);
      int last = spec.step(Math.max(0, i - 1), steps);
      long before = i == 0 ? initialAt + 4L * row : saved + 4L * last * n * kept + 16L * units;
      run.launch(
          "recurrent.ptx",
          cell.label() + "_step_gradient_f32",
          grid,
          block,
          dx + 4L * t * n * wide,
          da + 4L * t * n * wide,
          direct,
          dc,
          through,
          dAt + 4L * spec.row(t) * row,
          kept == 0 ? 0L : saved + 4L * t * n * kept,
          states + 4L * spec.rowBefore(t) * row,
          states + 4L * spec.row(t) * row,
          lstm ? before : 0L,
          lengthsAt,
          n,
          units,
          t,
          i == 0 ? units : kept);
      product(run, through, da + 4L * t * n * wide, wAt, 0L, n, units, wide, units, 1);
    }
    Tensor bdx = PtxCompare.blank(steps, n, wide);
    Tensor bda = gru ? PtxCompare.blank(steps, n, wide) : null;
    Tensor bdi = PtxCompare.blank(cell.states(), n, units);
    reference.recurrentGradient(
        spec,
        bStates,
        bSaved,
        bi,
        bw,
        bl,
        PtxCompare.exact(dstates, steps + cell.states(), n, units),
        bdx,
        bda,
        bdi);
    double slope = 16.0 * steps * (1 + largest(bdx.toDoubleArray())) * (1 + largest(expected));
    PtxCompare.bound(
        "dx " + what, run.floats(dx, steps * n * wide), bdx.toDoubleArray(), wide, slope);
    if (bda != null) {
      PtxCompare.bound(
          "da " + what, run.floats(da, steps * n * wide), bda.toDoubleArray(), wide, slope);
    }
  }

  private static double largest(double[] v) {
    return Arrays.stream(v).map(Math::abs).max().orElse(0);
  }

  /** steps, n, classes, most labels. */
  private static final int[][] CTC = {
    {1, 1, 2, 1}, {2, 1, 3, 1}, {3, 2, 3, 2}, {5, 3, 4, 2}, {4, 1, 2, 3}, {8, 2, 5, 3},
    {10, 4, 6, 4}, {6, 1, 28, 5}, {7, 5, 3, 1}, {12, 2, 10, 6}, {3, 1, 4, 4}, {9, 3, 2, 2},
    {20, 1, 5, 8}, {5, 2, 300, 2}, {4, 7, 3, 2}, {6, 2, 7, 3}, {11, 1, 3, 5}, {2, 3, 2, 1},
    {15, 2, 4, 7}, {6, 2, 4, 140}
  };

  @Test
  void laysLabelsOverSteps() {
    var reference = PtxCompare.reference().recurrent();
    try (PtxRun run = new PtxRun()) {
      for (int[] s : CTC) {
        int n = s[1];
        int classes = s[2];
        int places = 2 * s[3] + 3;
        float[] x = PtxRun.numbers(1, s[0] * n * classes);
        for (int i = 0; i < x.length; i++) {
          x[i] -= 3;
        }
        float[] weights = PtxRun.numbers(2, n);
        int[] targets = PtxRun.indices(3, n * s[3], classes);
        int[] inputs = PtxRun.indices(4, n, s[0] + 1);
        int[] labels = PtxRun.indices(5, n, Math.min(3, s[3]) + 1);
        int blank = classes - 1;
        long xAt = run.in(x);
        long targetsAt = run.in(targets);
        long inputsAt = run.in(inputs);
        long labelsAt = run.in(labels);
        long alphas = run.words(s[0] * n * places);
        long losses = run.words(n);
        run.launch(
            "ctc.ptx",
            "ctc_f32",
            Dim3.of(2),
            Dim3.of(256),
            alphas,
            losses,
            xAt,
            targetsAt,
            inputsAt,
            labelsAt,
            s[0],
            n,
            classes,
            places,
            blank);
        Tensor bx = PtxCompare.exact(x, s[0], n, classes);
        Tensor bt = PtxCompare.ints(targets, n, s[3]);
        Tensor bi = PtxCompare.ints(inputs, n);
        Tensor bl = PtxCompare.ints(labels, n);
        Tensor ba = PtxCompare.blank(s[0], n, places);
        Tensor bLoss = PtxCompare.blank(n);
        reference.ctc(bx, bt, bi, bl, blank, ba, bLoss);
        String what = Arrays.toString(s);
        double sums = 8.0 * s[0];
        PtxCompare.bound(
            "alphas " + what,
            run.floats(alphas, s[0] * n * places),
            ba.toDoubleArray(),
            3 * s[0],
            sums);
        PtxCompare.bound(
            "losses " + what, run.floats(losses, n), bLoss.toDoubleArray(), 3 * s[0], sums);
        long dx = run.words(x.length);
        run.launch(
            "ctc.ptx",
            "ctc_gradient_f32",
            Dim3.of(2),
            Dim3.of(256),
            dx,
            run.words(n * 3 * (places + 2)),
            xAt,
            targetsAt,
            inputsAt,
            labelsAt,
            alphas,
            losses,
            run.in(weights),
            s[0],
            n,
            classes,
            places,
            blank);
        Tensor bdx = PtxCompare.blank(s[0], n, classes);
        reference.ctcGradient(bx, bt, bi, bl, blank, ba, bLoss, PtxCompare.exact(weights, n), bdx);
        PtxCompare.bound(
            "ctc dx " + what, run.floats(dx, x.length), bdx.toDoubleArray(), 3 * s[0], sums);
        run.clear();
      }
    }
  }
}
