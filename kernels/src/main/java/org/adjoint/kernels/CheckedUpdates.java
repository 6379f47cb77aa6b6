package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
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
    String op = op(step, tensors, "update", "");
    check.shapeOf(op, "gradient", tensors[1], tensors[0]);
    states(op, step.rule(), tensors);
    if (tensors[0].size() > 0) {
      raw.update(step, dense(tensors));
    }
  }

  @Override
  public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
    String op = op(step, tensors, "update_rows", "_rows");
    Tensor parameter = tensors[0];
    check.rank(op, "parameter", parameter, 2, "[rows, width]");
    check.typed(op, "index", index, DType.I32);
    check.rank(op, "index", index, 1, "[count]");
    check.shape(op, "gradient", tensors[1], index.size(), parameter.dim(1));
    states(op, step.rule(), tensors);
    Tensor places = check.indices(op, "index", index, parameter.dim(0));
    if (tensors[1].size() > 0) {
      raw.updateRows(step, places, dense(tensors));
    }
  }

  /** Checks what all steps have in common; returns what the step is called. */
  private String op(UpdateStep step, Tensor[] tensors, String kernel, String kind) {
    check.present(kernel, "step", step);
    String op = step.rule().name() + kind;
    check.present(op, "tensors", tensors);
    if (tensors.length != step.rule().tensors()) {
      throw new ArgumentException(
          op,
          "tensors",
          "a list of " + tensors.length,
          "it takes parameter, gradient and the states " + step.rule().states());
    }
    check.floating(op, "parameter", tensors[0]);
    check.dense(op, "parameter", tensors[0]);
    check.typed(op, "gradient", tensors[1], tensors[0].dtype());
    return op;
  }

  private void states(String op, UpdateRule rule, Tensor... tensors) {
    check.apart(op, "parameter", tensors[0], "gradient", tensors[1]);
    for (int i = 2; i < tensors.length; i++) {
      state(op, rule.states().get(i - 2), i, tensors);
    }
  }

  private Tensor[] dense(Tensor... tensors) {
    if (tensors[1].isContiguous()) {
      return tensors;
    }
    Tensor[] ready = tensors.clone();
    ready[1] = check.contiguous(tensors[1]);
    return ready;
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
