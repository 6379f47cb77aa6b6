package org.adjoint.kernels.contract;

import java.util.List;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Tensor;

/** How to call recurrent networks at random; see {@link RandomCalls}. */
final class RandomRecurrent {
  private RandomRecurrent() {}

  static void addTo(List<RandomCalls.Entry> all) {
    all.add(
        new RandomCalls.Entry(
            "recurrent",
            (c, k) -> {
              RecurrentCell cell = c.any(RecurrentCell.values());
              int steps = c.below(4);
              int n = c.extent(9);
              int units = 1 + c.below(5);
              Tensor x = c.in(steps, n, cell.gates() * units);
              Tensor initial = c.in(cell.states(), n, units);
              Tensor w = c.in(cell.gates() * units, units);
              Tensor bias = c.coin() ? c.in(cell.gates() * units) : null;
              Tensor lengths = c.coin() ? c.index(steps + 1, n) : null;
              RecurrentSpec spec = new RecurrentSpec(cell, c.coin());
              // A unit sums six numbers of at most 1 at each step, but states of relu grow sixfold.
              double sum =
                  cell == RecurrentCell.RNN_RELU
                      ? 40 * Math.pow(6, steps)
                      : 100 * Math.pow(3, steps);
              Tensor saved = c.out(sum, steps, n, cell.saved() * units);
              k.recurrent()
                  .recurrent(
                      spec,
                      x,
                      initial,
                      w,
                      bias,
                      lengths,
                      saved,
                      c.out(sum, steps + cell.states(), n, units));
            }));
    all.add(
        new RandomCalls.Entry(
            "recurrentGradient",
            (c, k) -> {
              RecurrentCell cell = c.any(RecurrentCell.values());
              int steps = c.below(4);
              int n = c.extent(9);
              int units = 1 + c.below(5);
              Tensor states = c.in(steps + cell.states(), n, units);
              Tensor saved = c.in(steps, n, cell.saved() * units);
              Tensor initial = c.in(cell.states(), n, units);
              Tensor w = c.in(cell.gates() * units, units);
              Tensor lengths = c.coin() ? c.index(steps + 1, n) : null;
              Tensor dstates = c.in(steps + cell.states(), n, units);
              RecurrentSpec spec = new RecurrentSpec(cell, c.coin());
              // Up to 20 gates, each at most 4 times the gradient that arrives.
              double sum = 100 * Math.pow(80, steps);
              Tensor dx = c.out(sum, steps, n, cell.gates() * units);
              Tensor da =
                  cell == RecurrentCell.GRU || c.coin()
                      ? c.out(sum, steps, n, cell.gates() * units)
                      : null;
              k.recurrent()
                  .recurrentGradient(
                      spec,
                      states,
                      saved,
                      initial,
                      w,
                      lengths,
                      dstates,
                      dx,
                      da,
                      c.out(sum, cell.states(), n, units));
            }));
    all.add(
        new RandomCalls.Entry(
            "ctc",
            (c, k) -> {
              c.allowEitherAnomaly(); // sums of exponentials of what may be infinite or none
              int steps = c.below(4);
              int n = c.extent(9);
              int classes = 1 + c.below(5);
              int most = c.below(4);
              Tensor x = c.in(steps, n, classes);
              Tensor targets = c.index(classes, n, most);
              Tensor lengths = c.index(steps + 1, n);
              Tensor counts = c.index(most + 1, n);
              int blank = c.below(classes);
              Tensor alphas = c.out(40, steps, n, 2 * most + 3);
              k.recurrent().ctc(x, targets, lengths, counts, blank, alphas, c.out(40, n));
            }));
    all.add(
        new RandomCalls.Entry(
            "ctcGradient",
            (c, k) -> {
              c.allowEitherAnomaly();
              int steps = c.below(4);
              int n = c.extent(9);
              int classes = 1 + c.below(5);
              int most = c.below(4);
              Tensor x = c.in(steps, n, classes);
              Tensor targets = c.index(classes, n, most);
              Tensor lengths = c.index(steps + 1, n);
              Tensor counts = c.index(most + 1, n);
              int blank = c.below(classes);
              c.beFinite(); // what follows is written by the way there, which writes no NaN
              Tensor alphas = c.in(steps, n, 2 * most + 3);
              Tensor losses = c.in(n);
              Tensor dlosses = c.in(n);
              // Seven places, each e to the power of at most 3 · (1 + log 3) + 2.
              k.recurrent()
                  .ctcGradient(
                      x,
                      targets,
                      lengths,
                      counts,
                      blank,
                      alphas,
                      losses,
                      dlosses,
                      c.out(7 * 40 * Math.exp(9), steps, n, classes));
            }));
  }
}
