package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract of {@link RecurrentKernels}. */
public abstract class RecurrentContract extends KernelsContract {
  private RecurrentKernels recurrent() {
    return kernels().recurrent();
  }

  /** A network with its operands and what it computes of them. */
  private final class Run {
    final RecurrentSpec spec;
    final Tensor x;
    final Tensor initial;
    final Tensor w;
    final @Nullable Tensor bias;
    final @Nullable Tensor lengths;
    final Tensor saved;
    final Tensor states;

    Run(
        RecurrentSpec spec,
        DType dtype,
        int steps,
        int n,
        int units,
        boolean biased,
        boolean ends) {
      this(
          spec,
          random(dtype, 1, steps, n, spec.cell().gates() * units),
          random(dtype, 2, spec.cell().states(), n, units),
          // A row of weights adds up to less than a half: no state grows, no rounding error either.
          between(dtype, 3, -0.5 / units, 0.5 / units, spec.cell().gates() * units, units),
          biased ? random(dtype, 4, spec.cell().gates() * units) : null,
          ends ? indices(5, steps + 1, n) : null);
    }

    Run(
        RecurrentSpec spec,
        Tensor x,
        Tensor initial,
        Tensor w,
        @Nullable Tensor bias,
        @Nullable Tensor lengths) {
      this.spec = spec;
      this.x = x;
      this.initial = initial;
      this.w = w;
      this.bias = bias;
      this.lengths = lengths;
      RecurrentCell cell = spec.cell();
      saved = garbage(x.dtype(), x.dim(0), x.dim(1), cell.saved() * w.dim(1));
      states = garbage(x.dtype(), x.dim(0) + cell.states(), x.dim(1), w.dim(1));
      recurrent().recurrent(spec, x, initial, w, bias, lengths, saved, states);
    }

    /** Terms of a sum, rounding of the steps before included. */
    long terms() {
      return w.dim(1) * 4L + 4L * x.dim(0);
    }

    void check() {
      Tensor keep = blankLike(saved);
      Tensor h = blankLike(states);
      reference()
          .recurrent()
          .recurrent(
              spec,
              exact(x),
              exact(initial),
              exact(w),
              bias == null ? null : exact(bias),
              lengths == null ? null : exact(lengths),
              keep,
              h);
      String what = spec.cell().label() + spec + " of " + x.shape();
      // |x|, |bias| and the initial state are at most 1, the product with the state a half of it.
      assertBound("states of " + what, states, h.toDoubleArray(), constant(states, 4), terms());
      assertBound("saved of " + what, saved, keep.toDoubleArray(), constant(saved, 4), terms());
      gradient(what);
    }

    private void gradient(String what) {
      DType dtype = x.dtype();
      Tensor dstates = random(dtype, 6, states.shape().toArray());
      Tensor dx = garbageLike(x);
      Tensor da = spec.cell() == RecurrentCell.GRU ? garbageLike(x) : null;
      Tensor dinitial = garbageLike(initial);
      recurrent()
          .recurrentGradient(spec, states, saved, initial, w, lengths, dstates, dx, da, dinitial);
      Tensor rx = blankLike(x);
      Tensor ra = da == null ? null : blankLike(x);
      Tensor ri = blankLike(initial);
      reference()
          .recurrent()
          .recurrentGradient(
              spec,
              exact(states),
              exact(saved),
              exact(initial),
              exact(w),
              lengths == null ? null : exact(lengths),
              exact(dstates),
              rx,
              ra,
              ri);
      // A gradient of at most 1 joins at each step, and more than half of it is gone at the next,
      // but what the LSTM's c carries adds up.
      double s = 4 + 2.0 * x.dim(0);
      assertBound("dx of " + what, dx, rx.toDoubleArray(), constant(dx, s), terms());
      assertBound("dinitial of " + what, dinitial, ri.toDoubleArray(), constant(ri, s), terms());
      if (da != null && ra != null) {
        assertBound("da of " + what, da, ra.toDoubleArray(), constant(da, s), terms());
      } else {
        Tensor copy = garbageLike(x);
        recurrent()
            .recurrentGradient(
                spec, states, saved, initial, w, lengths, dstates, dx, copy, dinitial);
        assertSame("da is dx", copy.toDoubleArray(), dx.toDoubleArray());
      }
    }
  }

  private static double[] constant(Tensor like, double value) {
    double[] v = new double[like.size()];
    Arrays.fill(v, value);
    return v;
  }

  @Test
  void everySize() {
    // steps, batch, units
    int[][] sizes = {
      {1, 1, 1},
      {2, 3, 3},
      {4, 8, 7},
      {3, 13, 16},
      {2, 17, 17},
      {4, 2, 33},
      {3, 33, 64},
      {2, 5, 100},
      {5, 1000, 2},
      {0, 3, 4},
      {3, 0, 4},
      {2, 3, 0}
    };
    for (DType dtype : FLOATING) {
      int turn = 0;
      for (int[] s : sizes) {
        for (RecurrentCell cell : RecurrentCell.values()) {
          RecurrentSpec spec = new RecurrentSpec(cell, turn % 2 == 1);
          new Run(spec, dtype, s[0], s[1], s[2], turn % 3 > 0, turn % 5 > 2).check();
          turn++;
        }
      }
    }
  }

  @Test
  void chainsLongerThanABlock() {
    for (RecurrentCell cell : RecurrentCell.values()) {
      new Run(new RecurrentSpec(cell, false), DType.F32, 2, 9, 400, true, true).check();
    }
  }

  @Test
  void views() {
    RecurrentSpec spec = new RecurrentSpec(RecurrentCell.GRU, false);
    Run dense = new Run(spec, DType.F32, 3, 4, 5, true, false);
    for (Tensor x : views(dense.x)) {
      Run other = new Run(spec, x, dense.initial, dense.w, dense.bias, null);
      assertSame("states", other.states.toDoubleArray(), dense.states.toDoubleArray());
    }
    for (Tensor w : views(dense.w)) {
      Run other = new Run(spec, dense.x, dense.initial, w, dense.bias, null);
      assertSame("states", other.states.toDoubleArray(), dense.states.toDoubleArray());
    }
  }

  @Test
  void behindTheEndOfASequenceNothingCounts() {
    Tensor ends = tensor(DType.I32, new double[] {0, 2, 3}, 3);
    for (RecurrentCell cell : RecurrentCell.values()) {
      for (boolean reverse : new boolean[] {false, true}) {
        RecurrentSpec spec = new RecurrentSpec(cell, reverse);
        Run run = new Run(spec, DType.F32, 3, 3, 4, true, false);
        int wide = run.x.dim(2);
        double[] spoiled = run.x.toDoubleArray();
        Arrays.fill(spoiled, 0, wide, Double.NaN);
        Arrays.fill(spoiled, 3 * wide, 4 * wide, 1e30);
        Arrays.fill(spoiled, 6 * wide, 8 * wide, Double.NaN);
        Run clean = new Run(spec, run.x, run.initial, run.w, run.bias, ends);
        Run other =
            new Run(
                spec, tensor(DType.F32, spoiled, 3, 3, wide), run.initial, run.w, run.bias, ends);
        assertSame("states", other.states.toDoubleArray(), clean.states.toDoubleArray());
        assertSame("saved", other.saved.toDoubleArray(), clean.saved.toDoubleArray());
        // The sequence without a step ends where it begins.
        for (int u = 0; u < 4; u++) {
          assertEquals(run.initial.get(0, 0, u), clean.states.get(spec.lastRow(3), 0, u));
        }
      }
    }
  }

  @Test
  void oneUnitByHand() {
    RecurrentSpec spec = new RecurrentSpec(RecurrentCell.RNN_RELU, false);
    Tensor x = tensor(DType.F64, new double[] {1, 2, -9}, 3, 1, 1);
    Tensor initial = tensor(DType.F64, new double[] {4}, 1, 1, 1);
    Tensor w = tensor(DType.F64, new double[] {0.5}, 1, 1);
    Tensor bias = tensor(DType.F64, new double[] {1}, 1);
    Run run = new Run(spec, x, initial, w, bias, null);
    // 1 + 0.5·4 + 1, 2 + 0.5·4 + 1, −9 + 0.5·5 + 1 < 0
    assertSame("states", run.states.toDoubleArray(), new double[] {4, 4, 5, 0});
    Tensor dx = garbageLike(x);
    Tensor dinitial = garbageLike(initial);
    Tensor dstates = tensor(DType.F64, new double[] {8, 1, 1, 1}, 4, 1, 1);
    recurrent()
        .recurrentGradient(
            spec, run.states, run.saved, initial, w, null, dstates, dx, null, dinitial);
    assertSame("dx", dx.toDoubleArray(), new double[] {1.5, 1, 0});
    assertSame("dinitial", dinitial.toDoubleArray(), new double[] {8.75});
  }

  // ---- connectionist temporal classification ------------------------------------------------

  /** Labels laid over steps, and what is computed of them. */
  private final class Ctc {
    final Tensor x;
    final Tensor targets;
    final Tensor lengths;
    final Tensor counts;
    final int blank;
    final Tensor alphas;
    final Tensor losses;
    final Tensor dx;

    Ctc(Tensor x, Tensor targets, Tensor lengths, Tensor counts, int blank) {
      this.x = x;
      this.targets = targets;
      this.lengths = lengths;
      this.counts = counts;
      this.blank = blank;
      int n = x.dim(1);
      alphas = garbage(x.dtype(), x.dim(0), n, 2 * targets.dim(1) + 3);
      losses = garbage(x.dtype(), n);
      dx = garbageLike(x);
      recurrent().ctc(x, targets, lengths, counts, blank, alphas, losses);
      recurrent().ctcGradient(x, targets, lengths, counts, blank, alphas, losses, dlosses(), dx);
    }

    Tensor dlosses() {
      return between(x.dtype(), 9, 0.5, 2, x.dim(1));
    }

    void check() {
      Tensor a = blankLike(alphas);
      Tensor r = blankLike(losses);
      Tensor g = blankLike(x);
      var exact = reference().recurrent();
      exact.ctc(exact(x), exact(targets), exact(lengths), exact(counts), blank, a, r);
      String what = "ctc of " + x.shape() + targets.shape();
      // Each step adds an emission of at most 4 to a logarithm that grows by as much.
      double sum = 4 + 4.0 * x.dim(0);
      long terms = 4L + x.dim(0);
      assertBound("alphas of " + what, alphas, a.toDoubleArray(), constant(alphas, sum), terms);
      assertBound("losses of " + what, losses, r.toDoubleArray(), constant(losses, sum), terms);
      exact.ctcGradient(
          exact(x),
          exact(targets),
          exact(lengths),
          exact(counts),
          blank,
          exact(alphas),
          exact(losses),
          exact(dlosses()),
          g);
      double[] shares = g.toDoubleArray();
      double[] sums = shares.clone();
      for (int i = 0; i < sums.length; i++) {
        // What the exponent is off by is a relative error; the shares of all places add up to one.
        sums[i] = Math.abs(shares[i]) * 3 * sum;
      }
      assertBound("dx of " + what, dx, shares, sums, terms + 2L * targets.dim(1));
    }
  }

  @Test
  void labelsOverSteps() {
    // steps, batch, classes, most labels
    int[][] sizes = {
      {1, 1, 2, 0},
      {1, 2, 2, 1},
      {3, 3, 3, 1},
      {7, 3, 4, 3},
      {9, 5, 3, 7},
      {20, 6, 9, 6},
      {40, 16, 30, 15},
      {5, 33, 17, 8},
      {4, 0, 3, 1},
      {0, 2, 3, 1},
      {3, 300, 4, 2}
    };
    for (DType dtype : FLOATING) {
      for (int[] s : sizes) {
        Tensor x = between(dtype, s[0], -4, 0, s[0], s[1], s[2]);
        Tensor targets = indices(7, s[2], s[1], s[3]);
        Tensor lengths = indices(8, s[0] + 1, s[1]);
        Tensor counts = indices(9, s[3] + 1, s[1]);
        new Ctc(x, targets, lengths, counts, s[0] % s[2]).check();
        Tensor all = garbage(DType.I32, s[1]);
        kernels().elementwise().fill(s[0], all);
        new Ctc(x, targets, all, counts, 0).check();
      }
    }
  }

  @Test
  void labelsOfViews() {
    Tensor x = between(DType.F32, 1, -4, 0, 6, 2, 4);
    Tensor targets = tensor(DType.I32, new double[] {1, 2, 3, 3}, 2, 2);
    Tensor lengths = tensor(DType.I32, new double[] {6, 5}, 2);
    Tensor counts = tensor(DType.I32, new double[] {2, 2}, 2);
    Ctc dense = new Ctc(x, targets, lengths, counts, 0);
    for (Tensor view : views(x)) {
      Ctc other = new Ctc(view, targets, lengths, counts, 0);
      assertSame("losses", other.losses.toDoubleArray(), dense.losses.toDoubleArray());
      assertSame("dx", other.dx.toDoubleArray(), dense.dx.toDoubleArray());
    }
  }

  @Test
  void labelsSeeNothingBehindTheEndAndImpossibleOnesAreInfinite() {
    double inf = Double.POSITIVE_INFINITY;
    double half = Math.log(0.5);
    // Three sequences of three steps and two classes; of the second one step counts, of the third
    // 0.
    double[] v = new double[18];
    Arrays.fill(v, half);
    Arrays.fill(v, 6 + 2, 6 + 6, Double.NaN);
    Arrays.fill(v, 12 + 2, 18, Double.NaN);
    Tensor targets = tensor(DType.I32, new double[] {1, 1, 1, 1, 1, 1}, 3, 2);
    Tensor lengths = tensor(DType.I32, new double[] {3, 1, 0}, 3);
    for (DType dtype : FLOATING) {
      Tensor x = tensor(dtype, v, 3, 3, 2);
      // The same label twice takes three steps, with a blank between: one way of eight.
      Ctc run = new Ctc(x, targets, lengths, tensor(DType.I32, new double[] {2, 1, 0}, 3), 0);
      assertBound(
          "losses", run.losses, new double[] {-3 * half, -half, 0}, new double[] {8, 8, 8}, 8);
      double[] dx = run.dx.toDoubleArray();
      double[] d = run.dlosses().toDoubleArray();
      double[] expected = new double[18];
      expected[1] = -d[0];
      expected[6] = -d[0];
      expected[13] = -d[0];
      expected[3] = -d[1];
      assertBound("dx", run.dx, expected, constant(run.dx, 8), 8);
      assertEquals(0, dx[4]);
      Ctc none = new Ctc(x, targets, lengths, tensor(DType.I32, new double[] {2, 2, 1}, 3), 0);
      assertEquals(inf, none.losses.get(1));
      assertEquals(inf, none.losses.get(2));
      // A class of probability 0 is no way.
      double[] never = v.clone();
      never[1] = -inf;
      Ctc barred =
          new Ctc(
              tensor(dtype, never, 3, 3, 2),
              targets,
              lengths,
              tensor(DType.I32, new double[] {2, 1, 0}, 3),
              0);
      assertEquals(inf, barred.losses.get(0));
      assertEquals(0, barred.dx.get(0, 0, 1));
    }
  }
}
