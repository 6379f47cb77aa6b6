package org.adjoint.kernels.reference;

import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent networks, step by step, sequence by sequence and unit by unit: {@link ReferenceCells}
 * has the formulas. {@link ReferenceCtc} is the recursion over labels.
 */
final class ReferenceRecurrent implements RecurrentKernels {
  /** Returns {@code n} elements from {@code at} on. */
  private static double[] read(Elements from, int at, int n) {
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = from.get(at + i);
    }
    return v;
  }

  private static void write(double[] v, Elements to, int at) {
    for (int i = 0; i < v.length; i++) {
      to.set(at + i, v[i]);
    }
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
    RecurrentCell cell = spec.cell();
    int steps = x.dim(0);
    int n = x.dim(1);
    int units = w.dim(1);
    Elements input = Elements.of(x);
    Elements begin = Elements.of(initial);
    Elements weights = Elements.of(w);
    double[] shift = bias == null ? new double[w.dim(0)] : read(Elements.of(bias), 0, w.dim(0));
    Elements ends = lengths == null ? null : Elements.of(lengths);
    Elements keep = Elements.of(saved);
    Elements h = Elements.of(states);
    for (int i = 0; i < n; i++) {
      double[] now = read(begin, i * units, units);
      double[] c = new double[units];
      if (cell == RecurrentCell.LSTM) {
        c = read(begin, (n + i) * units, units);
      }
      write(now, h, (spec.firstRow(steps) * n + i) * units);
      for (int s = 0; s < steps; s++) {
        int t = spec.step(s, steps);
        double[] kept = new double[cell.saved() * units];
        if (ends == null || t < ends.index(i)) {
          double[] own = read(input, (t * n + i) * w.dim(0), w.dim(0));
          double[] a = shift.clone();
          for (int g = 0; g < a.length; g++) {
            for (int v = 0; v < units; v++) {
              a[g] += weights.get(g * units + v) * now[v];
            }
          }
          ReferenceCells.step(cell, own, a, now, c, kept);
        } else if (cell == RecurrentCell.LSTM) {
          System.arraycopy(c, 0, kept, 4 * units, units);
        }
        write(kept, keep, (t * n + i) * kept.length);
        write(now, h, (spec.row(t) * n + i) * units);
        // The next step sees the state as it was stored.
        now = read(h, (spec.row(t) * n + i) * units, units);
      }
      if (cell == RecurrentCell.LSTM) {
        write(c, h, ((steps + 1) * n + i) * units);
      }
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
    RecurrentCell cell = spec.cell();
    boolean lstm = cell == RecurrentCell.LSTM;
    int steps = dx.dim(0);
    int n = dx.dim(1);
    int units = w.dim(1);
    int wide = w.dim(0);
    int kept = cell.saved() * units;
    Elements h = Elements.of(states);
    Elements keep = Elements.of(saved);
    Elements begin = Elements.of(initial);
    Elements weights = Elements.of(w);
    Elements ends = lengths == null ? null : Elements.of(lengths);
    Elements gradient = Elements.of(dstates);
    Elements to = Elements.of(dx);
    Elements hidden = dhidden == null ? null : Elements.of(dhidden);
    Elements first = Elements.of(dinitial);
    for (int i = 0; i < n; i++) {
      double[] dh = new double[units];
      double[] dc = new double[units];
      if (lstm) {
        dc = read(gradient, ((steps + 1) * n + i) * units, units);
      }
      for (int s = steps - 1; s >= 0; s--) {
        int t = spec.step(s, steps);
        for (int u = 0; u < units; u++) {
          dh[u] += gradient.get((spec.row(t) * n + i) * units + u);
        }
        double[] d = new double[wide];
        double[] da = new double[wide];
        if (ends == null || t < ends.index(i)) {
          double[] k = read(keep, (t * n + i) * kept, kept);
          double[] before = read(h, (spec.rowBefore(t) * n + i) * units, units);
          double[] after = read(h, (spec.row(t) * n + i) * units, units);
          double[] c = before;
          if (lstm) {
            c =
                s == 0
                    ? read(begin, (n + i) * units, units)
                    : read(keep, (spec.step(s - 1, steps) * n + i) * kept + 4 * units, units);
          }
          ReferenceCells.gradient(cell, before, after, c, k, dh, dc, d, da);
          for (int v = 0; v < units; v++) {
            for (int g = 0; g < wide; g++) {
              dh[v] += da[g] * weights.get(g * units + v);
            }
          }
        }
        write(d, to, (t * n + i) * wide);
        if (hidden != null) {
          write(da, hidden, (t * n + i) * wide);
        }
      }
      for (int u = 0; u < units; u++) {
        dh[u] += gradient.get((spec.firstRow(steps) * n + i) * units + u);
      }
      write(dh, first, i * units);
      if (lstm) {
        write(dc, first, (n + i) * units);
      }
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
    Elements.of(alphas).fill(0);
    new ReferenceCtc(x, targets, inputLengths, targetLengths, blank, alphas, losses).forward();
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
    new ReferenceCtc(x, targets, inputLengths, targetLengths, blank, alphas, losses)
        .gradient(Elements.of(dlosses), Elements.of(dx));
  }
}
