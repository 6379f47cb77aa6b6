package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of recurrences; see {@link CheckedKernels}. */
final class CheckedRecurrent implements RecurrentKernels {
  private static final String[] PATHS = {"x", "targets", "inputLengths", "targetLengths"};

  private final Arguments check;
  private final RecurrentKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedRecurrent(Arguments check, RecurrentKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  @Override
  public void recurrent(
      RecurrentSpec spec,
      Tensor x,
      Tensor initial,
      Tensor w,
      @Nullable Tensor bias,
      @Nullable Tensor lengths,
      Tensor saved,
      Tensor states) {
    check.present("recurrent", "spec", spec);
    RecurrentCell cell = spec.cell();
    String op = cell.label();
    check.floating(op, "x", x);
    check.rank(op, "x", x, 3, "[steps, batch, gates * units]");
    DType dtype = x.dtype();
    int units = weights(op, cell, w, dtype);
    int steps = x.dim(0);
    int n = x.dim(1);
    check.shape(op, "x", x, steps, n, cell.gates() * units);
    operand(op, "initial", initial, dtype, cell.states(), n, units);
    if (bias != null) {
      check.typed(op, "bias", bias, dtype);
      check.shape(op, "bias", bias, cell.gates() * units);
    }
    Tensor ends = lengths == null ? null : lengths(op, lengths, steps, n);
    Tensor[] operands = {x, initial, w, bias, lengths};
    String[] names = {"x", "initial", "w", "bias", "lengths"};
    result(op, "saved", saved, dtype, operands, names, steps, n, cell.saved() * units);
    result(op, "states", states, dtype, operands, names, steps + cell.states(), n, units);
    check.apart(op, "states", states, "saved", saved);
    if (states.size() > 0) {
      raw.recurrent(
          spec,
          check.contiguous(x),
          check.contiguous(initial),
          check.contiguous(w),
          bias == null ? null : check.contiguous(bias),
          ends,
          saved,
          states);
    }
  }

  @Override
  public void recurrentGradient(
      RecurrentSpec spec,
      Tensor states,
      Tensor saved,
      Tensor initial,
      Tensor w,
      @Nullable Tensor lengths,
      Tensor dstates,
      Tensor dx,
      @Nullable Tensor dhidden,
      Tensor dinitial) {
    check.present("recurrent gradient", "spec", spec);
    RecurrentCell cell = spec.cell();
    String op = cell.label() + " gradient";
    check.floating(op, "dx", dx);
    check.rank(op, "dx", dx, 3, "[steps, batch, gates * units]");
    DType dtype = dx.dtype();
    int units = weights(op, cell, w, dtype);
    int steps = dx.dim(0);
    int n = dx.dim(1);
    int wide = cell.gates() * units;
    operand(op, "states", states, dtype, steps + cell.states(), n, units);
    operand(op, "saved", saved, dtype, steps, n, cell.saved() * units);
    operand(op, "initial", initial, dtype, cell.states(), n, units);
    Tensor ends = lengths == null ? null : lengths(op, lengths, steps, n);
    operand(op, "dstates", dstates, dtype, steps + cell.states(), n, units);
    Tensor[] operands = {states, saved, initial, w, lengths, dstates};
    String[] names = {"states", "saved", "initial", "w", "lengths", "dstates"};
    result(op, "dx", dx, dtype, operands, names, steps, n, wide);
    result(op, "dinitial", dinitial, dtype, operands, names, cell.states(), n, units);
    check.apart(op, "dinitial", dinitial, "dx", dx);
    if (cell == RecurrentCell.GRU) {
      check.present(op, "dhidden", dhidden);
    }
    if (dhidden != null) {
      result(op, "dhidden", dhidden, dtype, operands, names, steps, n, wide);
      check.apart(op, "dhidden", dhidden, "dx", dx);
      check.apart(op, "dhidden", dhidden, "dinitial", dinitial);
    }
    if (dinitial.size() > 0) {
      raw.recurrentGradient(
          spec,
          check.contiguous(states),
          check.contiguous(saved),
          check.contiguous(initial),
          check.contiguous(w),
          ends,
          check.contiguous(dstates),
          dx,
          cell == RecurrentCell.GRU ? dhidden : null,
          dinitial);
    }
    if (dhidden != null && cell != RecurrentCell.GRU && dx.size() > 0) {
      elementwise.copy(dx, dhidden);
    }
  }

  @Override
  public void ctc(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses) {
    Tensor[] indices = paths("ctc", x, targets, inputLengths, targetLengths, blank);
    Tensor[] operands = {x, targets, inputLengths, targetLengths};
    DType dtype = x.dtype();
    int n = x.dim(1);
    result("ctc", "alphas", alphas, dtype, operands, PATHS, x.dim(0), n, 2 * targets.dim(1) + 3);
    result("ctc", "losses", losses, dtype, operands, PATHS, n);
    check.apart("ctc", "losses", losses, "alphas", alphas);
    if (n > 0) {
      raw.ctc(check.contiguous(x), indices[0], indices[1], indices[2], blank, alphas, losses);
    }
  }

  @Override
  public void ctcGradient(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses,
      Tensor dlosses,
      Tensor dx) {
    String op = "ctc gradient";
    Tensor[] indices = paths(op, x, targets, inputLengths, targetLengths, blank);
    DType dtype = x.dtype();
    int n = x.dim(1);
    operand(op, "alphas", alphas, dtype, x.dim(0), n, 2 * targets.dim(1) + 3);
    operand(op, "losses", losses, dtype, n);
    operand(op, "dlosses", dlosses, dtype, n);
    Tensor[] operands = {x, targets, inputLengths, targetLengths, alphas, losses, dlosses};
    String[] names = {
      "x", "targets", "inputLengths", "targetLengths", "alphas", "losses", "dlosses"
    };
    result(op, "dx", dx, dtype, operands, names, x.dim(0), n, x.dim(2));
    if (dx.size() > 0) {
      raw.ctcGradient(
          check.contiguous(x),
          indices[0],
          indices[1],
          indices[2],
          blank,
          check.contiguous(alphas),
          check.contiguous(losses),
          check.contiguous(dlosses),
          dx);
    }
  }

  /** Requires what labels are laid over, and returns the three tensors of indices. */
  private Tensor[] paths(
      String op, Tensor x, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank) {
    check.floating(op, "x", x);
    check.rank(op, "x", x, 3, "[steps, batch, classes]");
    int n = x.dim(1);
    check.typed(op, "targets", targets, DType.I32);
    check.rank(op, "targets", targets, 2, "[batch, most labels]");
    check.shape(op, "targets", targets, n, targets.dim(1));
    operand(op, "targetLengths", targetLengths, DType.I32, n);
    operand(op, "inputLengths", inputLengths, DType.I32, n);
    check.within(op, "blank", blank, 0, x.dim(2) - 1);
    return new Tensor[] {
      check.indices(op, "targets", targets, x.dim(2)),
      check.indices(op, "inputLengths", inputLengths, x.dim(0) + 1),
      check.indices(op, "targetLengths", targetLengths, targets.dim(1) + 1)
    };
  }

  /** Requires [gates · units, units] and returns the units. */
  private int weights(String op, RecurrentCell cell, Tensor w, DType dtype) {
    check.typed(op, "w", w, dtype);
    check.rank(op, "w", w, 2, "[gates * units, units]");
    int units = w.dim(1);
    if (w.dim(0) != cell.gates() * (long) units) {
      throw new ShapeException(
          op,
          "w",
          Arguments.describe(w),
          "it must have " + cell.gates() + " rows, one a gate, for each of its columns");
    }
    return units;
  }

  private void operand(String op, String name, Tensor t, DType dtype, int... dims) {
    check.typed(op, name, t, dtype);
    check.shape(op, name, t, dims);
  }

  private Tensor lengths(String op, Tensor lengths, int steps, int n) {
    check.typed(op, "lengths", lengths, DType.I32);
    check.shape(op, "lengths", lengths, n);
    return check.indices(op, "lengths", lengths, steps + 1);
  }

  private void result(
      String op,
      String name,
      Tensor out,
      DType dtype,
      @Nullable Tensor[] operands,
      String[] names,
      int... dims) {
    check.typed(op, name, out, dtype);
    check.shape(op, name, out, dims);
    check.dense(op, name, out);
    for (int i = 0; i < names.length; i++) {
      check.apart(op, name, out, names[i], operands[i]);
    }
  }
}
