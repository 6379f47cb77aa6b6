package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Recurrent networks as loops of differentiable ops: what gradients of gradients go through. */
final class RecurrentSteps {
  private final RecurrentSpec spec;
  private final Variable w;
  private final @Nullable Variable bias;
  private Variable h;
  private @Nullable Variable c;

  private RecurrentSteps(
      RecurrentSpec spec, Variable initial, Variable w, @Nullable Variable bias) {
    this.spec = spec;
    this.w = w;
    this.bias = bias;
    h = Views.select(initial, 0, 0);
    c = spec.cell() == RecurrentCell.LSTM ? Views.select(initial, 0, 1) : null;
  }

  /**
   * Returns the sum of all states times {@code dstates}, whose gradients are those of the states.
   */
  static Variable product(
      RecurrentSpec spec,
      Variable x,
      Variable initial,
      Variable w,
      @Nullable Variable bias,
      @Nullable Tensor lengths,
      Variable dstates) {
    int steps = x.shape().dim(0);
    int n = x.shape().dim(1);
    RecurrentSteps run = new RecurrentSteps(spec, initial, w, bias);
    Variable mask = lengths == null ? null : Recurrent.mask(lengths, steps, x.dtype());
    Variable sum = run.h.mul(Views.select(dstates, 0, spec.firstRow(steps))).sum();
    for (int s = 0; s < steps; s++) {
      int t = spec.step(s, steps);
      Variable before = run.h;
      Variable c = run.c;
      run.step(Views.select(x, 0, t));
      if (mask != null) {
        Variable inside = Views.select(mask, 0, t).reshape(n, 1);
        run.h = Elementwise.where(inside, run.h, before);
        run.c = c == null || run.c == null ? null : Elementwise.where(inside, run.c, c);
      }
      sum = sum.add(run.h.mul(Views.select(dstates, 0, spec.row(t))).sum());
    }
    return run.c == null ? sum : sum.add(run.c.mul(Views.select(dstates, 0, steps + 1)).sum());
  }

  private void step(Variable x) {
    Variable a = Matmul.linear(h, w, bias);
    switch (spec.cell()) {
      case RNN_TANH -> h = x.add(a).tanh();
      case RNN_RELU -> h = x.add(a).relu();
      case GRU -> {
        Variable r = gate(x, 0).add(gate(a, 0)).sigmoid();
        Variable z = gate(x, 1).add(gate(a, 1)).sigmoid();
        Variable n = gate(x, 2).add(r.mul(gate(a, 2))).tanh();
        h = n.add(z.mul(h.sub(n)));
      }
      case LSTM -> {
        Variable all = x.add(a);
        Variable in = gate(all, 0).sigmoid();
        Variable forget = gate(all, 1).sigmoid();
        Variable g = Elementwise.unary(UnaryOp.TANH, gate(all, 2));
        Variable out = gate(all, 3).sigmoid();
        Variable before = c;
        Variable now = in.mul(g);
        now = before == null ? now : now.add(forget.mul(before));
        c = now;
        h = out.mul(now.tanh());
      }
    }
  }

  /** One of the gates that lie side by side. */
  private Variable gate(Variable all, int index) {
    int units = w.shape().dim(1);
    return Views.slice(all, 1, index * units, (index + 1) * units, 1);
  }
}
