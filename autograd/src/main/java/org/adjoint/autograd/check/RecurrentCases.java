package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Tensor;

/** Cases of recurrent networks over sequences. */
final class RecurrentCases {
  private RecurrentCases() {}

  static void add(List<OpCase> cases) {
    // steps, batch, units
    int[][] shapes = {
      {1, 1, 1}, {2, 2, 1}, {3, 1, 1}, {2, 1, 2}, {0, 2, 3}, {3, 2, 3}, {2, 9, 5}, {3, 3, 17}
    };
    for (RecurrentCell cell : RecurrentCell.values()) {
      int turn = 0;
      for (int[] s : shapes) {
        for (boolean reverse : new boolean[] {false, true}) {
          Input.View view = Input.View.values()[turn < 8 ? 0 : turn % 3];
          boolean biased = turn % 3 != 2;
          boolean ends = turn % 5 > 2;
          cases.add(states(new RecurrentSpec(cell, reverse), view, biased, ends, s));
          turn++;
        }
      }
    }
    for (int steps : new int[] {1, 4}) {
      cases.add(
          OpCase.of("sequence_mask", "y[t, i] = t < lengths[i]", "")
              .with("steps", steps)
              .plain("like", Values.between(0, 1), 1)
              .setting("lengths", true, Values.integers(0, steps), 3)
              .rule(Rule.exact())
              .applying(in -> Recurrent.mask(in[1].value(), steps, in[0].dtype())));
    }
  }

  private static OpCase states(
      RecurrentSpec spec, Input.View view, boolean biased, boolean ends, int... s) {
    RecurrentCell cell = spec.cell();
    int wide = cell.gates() * s[2];
    // Small weights keep relu away from its kink and tanh from where 1 - h^2 cancels.
    boolean kink = cell == RecurrentCell.RNN_RELU;
    double most = kink ? 0.15 / s[2] : 1 / Math.sqrt(s[2]);
    OpCase.Builder c =
        OpCase.of(
                cell.label(),
                formula(cell),
                "da = f'(x, a) * (dh + W^T da of the step after), dW = sum da h^T, dx likewise")
            .family(Kernels.Family.RECURRENT)
            .note(kink ? "the subgradient at 0 is 0" : "")
            .recorded()
            .with("reverse", spec.reverse())
            .view(view)
            .input(
                "x",
                kink ? Values.avoiding(0.5, -2, 2, 0) : Values.between(-1.5, 1.5),
                s[0],
                s[1],
                wide)
            .input("initial", Values.between(-1, 1), cell.states(), s[1], s[2])
            .input("w", Values.between(-most, most), wide, s[2]);
    if (biased) {
      c.input("bias", Values.between(kink ? -0.05 : -1, kink ? 0.05 : 1), wide);
    }
    c.view(Input.View.DENSE);
    if (ends) {
      c.setting("lengths", true, Values.integers(0, s[0]), s[1]);
    }
    int terms = s[0] * wide + cell.states() * s[2] + wide * s[2] + (biased ? wide : 0);
    return c.rule(Rule.sensitivity(terms))
        .applying(
            in -> {
              Tensor lengths = ends ? in[in.length - 1].value() : null;
              return Recurrent.states(spec, in[0], in[1], in[2], biased ? in[3] : null, lengths);
            });
  }

  private static String formula(RecurrentCell cell) {
    return switch (cell) {
      case RNN_TANH -> "a = W h + b, h' = tanh(x + a)";
      case RNN_RELU -> "a = W h + b, h' = max(x + a, 0)";
      case GRU ->
          "a = W h + b, r = sigmoid(x_r + a_r), z = sigmoid(x_z + a_z), n = tanh(x_n + r a_n),"
              + " h' = (1 - z) n + z h";
      case LSTM ->
          "a = W h + b, i, f, o = sigmoid(x + a), g = tanh(x_g + a_g), c' = f c + i g,"
              + " h' = o tanh(c')";
    };
  }
}
