package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of optimizer steps; see {@link CheckedKernels}. */
final class CheckedUpdates implements UpdateKernels {
  private final Arguments check;
  private final UpdateKernels raw;

  CheckedUpdates(Arguments check, UpdateKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void update(UpdateStep step, Tensor... tensors) {
    check.present("update", "step", step);
    UpdateRule rule = step.rule();
    String op = rule.name();
    check.present(op, "tensors", tensors);
    if (tensors.length != rule.tensors()) {
      throw new ArgumentException(
          op,
          "tensors",
          "a list of " + tensors.length,
          "it takes parameter, gradient and the states " + rule.states());
    }
    Tensor parameter = tensors[0];
    Tensor gradient = tensors[1];
    check.floating(op, "parameter", parameter);
    check.dense(op, "parameter", parameter);
    check.typed(op, "gradient", gradient, parameter.dtype());
    check.shapeOf(op, "gradient", gradient, parameter);
    check.apart(op, "parameter", parameter, "gradient", gradient);
    for (int i = 2; i < tensors.length; i++) {
      state(op, rule.states().get(i - 2), i, tensors);
    }
    if (parameter.size() > 0) {
      if (!gradient.isContiguous()) {
        Tensor[] ready = tensors.clone();
        ready[1] = check.contiguous(gradient);
        raw.update(step, ready);
      } else {
        raw.update(step, tensors);
      }
    }
  }

  private void state(String op, String name, int i, Tensor... tensors) {
    Tensor t = tensors[i];
    check.typed(op, name, t, tensors[0].dtype());
    check.shapeOf(op, name, t, tensors[0]);
    check.dense(op, name, t);
    for (int k = 0; k < i; k++) {
      check.apart(op, name, t, k == 0 ? "the parameter" : "another operand", tensors[k]);
    }
  }
}
