package org.adjoint.layers.check;

import java.util.Locale;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.layers.Gru;
import org.adjoint.layers.GruCell;
import org.adjoint.layers.Lstm;
import org.adjoint.layers.LstmCell;
import org.adjoint.layers.RecurrentOptions;
import org.adjoint.layers.RecurrentResult;
import org.adjoint.layers.Rnn;
import org.adjoint.layers.RnnCell;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.check.LayerCases.Built;
import org.adjoint.layers.loss.CtcLoss;
import org.adjoint.layers.loss.Reduction;
import org.adjoint.tensor.Tensor;

/** The recurrent layers of {@link LayerCases}. */
final class RecurrentCases {
  private static final RecurrentOptions DEEP = RecurrentOptions.DEFAULT.layers(2);

  private RecurrentCases() {}

  /** Outputs and states one behind the other. */
  private static Variable all(RecurrentResult r) {
    Variable both = Pieces.concat(0, r.y().reshape(-1), r.h().reshape(-1));
    return r.c() == null ? both : Pieces.concat(0, both, r.c().reshape(-1));
  }

  private static Tensor lengths(Setup s, int... steps) {
    return Tensor.of(s.device(), steps, steps.length);
  }

  static Built build(String name, Setup s) {
    switch (name) {
      case "rnn" -> {
        return Built.of(new Rnn(s, 3, 2));
      }
      case "rnn-relu" -> {
        Rnn rnn = new Rnn(s, 3, 2, true, RecurrentOptions.DEFAULT.bothWays().withoutBias());
        return new Built(rnn, x -> all(rnn.run(x[0], null, null)));
      }
      case "rnn-deep" -> {
        Rnn rnn = new Rnn(s, 3, 2, false, DEEP.bothWays());
        return new Built(rnn, x -> all(rnn.run(x[0], x[1], null)));
      }
      case "gru" -> {
        Gru gru = new Gru(s, 3, 2, DEEP.stepsFirst());
        return new Built(gru, x -> all(gru.run(x[0], x[1], null)));
      }
      case "gru-lengths" -> {
        Gru gru = new Gru(s, 3, 2, DEEP.bothWays());
        return new Built(gru, x -> all(gru.run(x[0], null, lengths(s, 2, 4, 1))));
      }
      case "lstm" -> {
        Lstm lstm = new Lstm(s, 3, 2, RecurrentOptions.DEFAULT.withoutBias());
        return new Built(lstm, x -> all(lstm.run(x[0], x[1], x[2], null)));
      }
      case "lstm-lengths" -> {
        Lstm lstm = new Lstm(s, 3, 2, DEEP.bothWays());
        return new Built(lstm, x -> all(lstm.run(x[0], x[1], x[2], lengths(s, 4, 1, 3))));
      }
      case "rnn-cell" -> {
        RnnCell cell = new RnnCell(s, 3, 2, true, false);
        return new Built(cell, x -> cell.forward(x[0], cell.forward(x[1], x[2])));
      }
      case "gru-cell" -> {
        GruCell cell = new GruCell(s, 3, 2);
        return new Built(cell, x -> cell.forward(x[0], cell.forward(x[1], x[2])));
      }
      case "lstm-cell" -> {
        LstmCell cell = new LstmCell(s, 3, 2);
        return new Built(
            cell,
            x -> {
              LstmCell.State state = cell.forward(x[1], new LstmCell.State(x[2], x[3]));
              state = cell.forward(x[0], state);
              return Pieces.concat(1, state.h(), state.c());
            });
      }
      case "ctc-none", "ctc-mean", "ctc-sum" -> {
        Reduction reduction = Reduction.valueOf(name.substring(4).toUpperCase(Locale.ROOT));
        CtcLoss loss = new CtcLoss(0, reduction, true);
        Tensor targets = Tensor.of(s.device(), new int[] {1, 2, 1, 3, 3, 0, 2, 2, 2}, 3, 3);
        return new Built(
            new Sequential(),
            x -> loss.of(x[0], targets, lengths(s, 5, 4, 4), lengths(s, 3, 2, 3)).reshape(-1));
      }
      default ->
          throw new IllegalStateException("layers.txt has " + name + ", and LayerCases has not");
    }
  }
}
