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
}
