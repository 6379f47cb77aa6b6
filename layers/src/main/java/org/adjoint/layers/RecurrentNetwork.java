package org.adjoint.layers;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Rnn}, {@link Gru} and {@link Lstm} share: layers one above the other, each over the
 * whole sequence of outputs of the one below.
 *
 * <p><b>Shapes</b> x [batch, steps, inputs], or [steps, batch, inputs] if {@link
 * RecurrentOptions#batchFirst} is off → y likewise with directions · units features. Parameters of
 * layer l, with G gates: {@code weight_ih_l0} [G·units, inputs], {@code weight_hh_l0} [G·units,
 * units], {@code bias_ih_l0} and {@code bias_hh_l0} [G·units]; those of the second direction end in
 * {@code _reverse}. They are PyTorch's, and start like them: U(−a, a) with a = 1/√units.
 */
public abstract sealed class RecurrentNetwork extends Layer permits Rnn, Gru, Lstm {
  private final RecurrentCell cell;
  private final int inputs;
  private final int units;
  private final RecurrentOptions options;
  private final List<Weights> weights = new ArrayList<>();
  private final @Nullable Dropout dropout;

  /** The parameters of a layer in one direction. */
  private record Weights(
      Parameter input, Parameter state, @Nullable Parameter inputBias, @Nullable Parameter bias) {}

  /** Creates the parameters. */
  RecurrentNetwork(
      RecurrentCell cell, Setup setup, int inputs, int units, RecurrentOptions options) {
    Checks.atLeast(cell.label(), "inputs", inputs, 1);
    Checks.atLeast(cell.label(), "units", units, 1);
    this.cell = cell;
    this.inputs = inputs;
    this.units = units;
    this.options = options;
    int wide = cell.gates() * units;
    for (int l = 0; l < options.layers(); l++) {
      int features = l == 0 ? inputs : options.directions() * units;
      for (int d = 0; d < options.directions(); d++) {
        String end = "_l" + l + (d == 0 ? "" : "_reverse");
        weights.add(
            new Weights(
                parameter("weight_ih" + end, setup.weight(units, units, wide, features)),
                parameter("weight_hh" + end, setup.weight(units, units, wide, units)),
                options.bias() ? parameter("bias_ih" + end, setup.bias(units, units, wide)) : null,
                options.bias()
                    ? parameter("bias_hh" + end, setup.bias(units, units, wide))
                    : null));
      }
    }
    dropout =
        options.dropout() > 0 ? child("dropout", new Dropout(setup, options.dropout())) : null;
  }

  /** Returns y, from states of 0. */
  @Override
  public Variable forward(Variable x) {
    return outputs(x, null, null, null, new ArrayList<>());
  }

  /**
   * Runs over sequences.
   *
   * @param x the inputs
   * @param h what each layer and direction begins with, [layers · directions, batch, units]; null
   *     for 0
   * @param c the LSTM's c, likewise; it and h are given together
   * @param lengths int32 [batch], the number of steps of each sequence, or null if all are as long;
   *     what x holds behind the end of a sequence does not count
   * @throws ShapeException if the shapes do not fit
   */
  RecurrentResult run(
      Variable x, @Nullable Variable h, @Nullable Variable c, @Nullable Tensor lengths) {
    List<Variable[]> ends = new ArrayList<>();
    Variable y = outputs(x, h, c, lengths, ends);
    return new RecurrentResult(y, end(ends, 0), cell == RecurrentCell.LSTM ? end(ends, 1) : null);
  }

  private static Variable end(List<Variable[]> ends, int state) {
    return Pieces.stack(0, ends.stream().map(e -> e[state]).toArray(Variable[]::new));
  }

  private Variable outputs(
      Variable x,
      @Nullable Variable h,
      @Nullable Variable c,
      @Nullable Tensor lengths,
      List<Variable[]> ends) {
    if (x.shape().rank() != 3 || x.shape().dim(2) != inputs) {
      throw new ShapeException(
          cell.label(),
          "x",
          x.shape(),
          "this layer takes ["
              + (options.batchFirst() ? "batch, steps, " : "steps, batch, ")
              + inputs
              + "]");
    }
    Variable now = options.batchFirst() ? x.permute(1, 0, 2) : x;
    int steps = now.shape().dim(0);
    if (lengths != null && !lengths.shape().equals(Shape.of(now.shape().dim(1)))) {
      throw new ShapeException(
          cell.label(), "lengths", lengths.shape(), "they must be [" + now.shape().dim(1) + "]");
    }
    Variable inside =
        lengths == null ? null : Views.unsqueeze(Recurrent.mask(lengths, steps, x.dtype()), 2);
    if (inside != null) {
      // A product with 0 would keep NaN behind the end, and the weights' gradient adds it up.
      Tensor zero = Tensor.scalar(x.value().device(), x.dtype(), 0);
      now = Elementwise.where(inside, now, Variable.of(zero));
    }
    int directions = options.directions();
    for (int l = 0; l < options.layers(); l++) {
      if (l > 0 && dropout != null) {
        now = dropout.forward(now);
      }
      Variable[] ways = new Variable[directions];
      for (int d = 0; d < directions; d++) {
        int index = l * directions + d;
        RecurrentSpec spec = new RecurrentSpec(cell, d == 1);
        Variable initial = initial(index, now, h, c);
        Variable states = states(spec, weights.get(index), now, initial, lengths);
        Variable y = states.slice(0, 1 - d, 1 - d + steps);
        ways[d] = inside == null ? y : y.mul(inside);
        ends.add(
            new Variable[] {
              Views.select(states, 0, spec.lastRow(steps)),
              Views.select(states, 0, steps + cell.states() - 1)
            });
      }
      now = directions == 1 ? ways[0] : Pieces.concat(2, ways);
    }
    return options.batchFirst() ? now.permute(1, 0, 2) : now;
  }

  private static Variable states(
      RecurrentSpec spec, Weights w, Variable x, Variable initial, @Nullable Tensor lengths) {
    int steps = x.shape().dim(0);
    int n = x.shape().dim(1);
    Variable rows = x.reshape(steps * n, x.shape().dim(2));
    Variable gates = Matmul.linear(rows, w.input().variable(), variable(w.inputBias()));
    return Recurrent.states(
        spec,
        gates.reshape(steps, n, gates.shape().dim(1)),
        initial,
        w.state().variable(),
        variable(w.bias()),
        lengths);
  }

  static @Nullable Variable variable(@Nullable Parameter p) {
    return p == null ? null : p.variable();
  }

  private Variable initial(int index, Variable x, @Nullable Variable h, @Nullable Variable c) {
    int n = x.shape().dim(1);
    if (h == null) {
      Tensor zeros =
          Tensor.result(x.value().device(), x.dtype(), Shape.of(cell.states(), n, units));
      Backends.kernels(zeros.device()).elementwise().fill(0, zeros);
      return Variable.of(zeros);
    }
    Variable first = state("h", h, index, n);
    return c == null ? Views.unsqueeze(first, 0) : Pieces.stack(0, first, state("c", c, index, n));
  }

  private Variable state(String name, Variable all, int index, int n) {
    if (!all.shape().equals(Shape.of(weights.size(), n, units))) {
      throw new ShapeException(
          cell.label(),
          name,
          all.shape(),
          "it must be [" + weights.size() + ", " + n + ", " + units + "]");
    }
    return Views.select(all, 0, index);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName()
        + "("
        + inputs
        + ", "
        + units
        + (options.layers() > 1 ? ", " + options.layers() + " layers" : "")
        + (options.bidirectional() ? ", both ways" : "")
        + ")";
  }
}
