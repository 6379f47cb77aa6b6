package org.adjoint.kernels.reference;

import org.adjoint.kernels.RecurrentCell;

/** One step of a {@link RecurrentCell} for all units, forward and back. */
final class ReferenceCells {
  private ReferenceCells() {}

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }

  /**
   * Goes one step forward.
   *
   * @param x the input's part of the pre-activations, gate by gate
   * @param a that of the state
   * @param h the state, changed in place
   * @param c the LSTM's, changed in place
   * @param k receives what is saved
   */
  static void step(RecurrentCell cell, double[] x, double[] a, double[] h, double[] c, double[] k) {
    int units = h.length;
    for (int u = 0; u < units; u++) {
      int second = units + u;
      int third = 2 * units + u;
      int fourth = 3 * units + u;
      switch (cell) {
        case RNN_TANH -> h[u] = StrictMath.tanh(x[u] + a[u]);
        case RNN_RELU -> h[u] = Math.max(x[u] + a[u], 0);
        case GRU -> {
          k[u] = sigmoid(x[u] + a[u]);
          k[second] = sigmoid(x[second] + a[second]);
          k[third] = StrictMath.tanh(x[third] + k[u] * a[third]);
          k[fourth] = a[third];
          h[u] = (1 - k[second]) * k[third] + k[second] * h[u];
        }
        case LSTM -> {
          k[u] = sigmoid(x[u] + a[u]);
          k[second] = sigmoid(x[second] + a[second]);
          k[third] = StrictMath.tanh(x[third] + a[third]);
          k[fourth] = sigmoid(x[fourth] + a[fourth]);
          c[u] = k[second] * c[u] + k[u] * k[third];
          k[4 * units + u] = c[u];
          h[u] = k[fourth] * StrictMath.tanh(c[u]);
        }
      }
    }
  }

  /**
   * Goes one step back.
   *
   * @param before h before the step
   * @param after h after it
   * @param c the LSTM's c before it
   * @param k what was saved
   * @param dh the gradient of h after the step; receives what reaches h before it directly, not
   *     through W_hh
   * @param dc the gradient of c after the step; receives that of c before it
   * @param dx receives the gradient of x
   * @param da receives the gradient of a
   */
  static void gradient(
      RecurrentCell cell,
      double[] before,
      double[] after,
      double[] c,
      double[] k,
      double[] dh,
      double[] dc,
      double[] dx,
      double[] da) {
    int units = dh.length;
    for (int u = 0; u < units; u++) {
      int second = units + u;
      int third = 2 * units + u;
      int fourth = 3 * units + u;
      double direct = 0;
      switch (cell) {
        case RNN_TANH -> dx[u] = dh[u] * (1 - after[u] * after[u]);
        case RNN_RELU -> dx[u] = after[u] > 0 ? dh[u] : 0;
        case GRU -> {
          double r = k[u];
          double z = k[second];
          double n = k[third];
          dx[third] = dh[u] * (1 - z) * (1 - n * n);
          dx[second] = dh[u] * (before[u] - n) * z * (1 - z);
          dx[u] = dx[third] * k[fourth] * r * (1 - r);
          direct = dh[u] * z;
        }
        case LSTM -> {
          double in = k[u];
          double forget = k[second];
          double g = k[third];
          double out = k[fourth];
          double tanh = StrictMath.tanh(k[4 * units + u]);
          dc[u] += dh[u] * out * (1 - tanh * tanh);
          dx[u] = dc[u] * g * in * (1 - in);
          dx[second] = dc[u] * c[u] * forget * (1 - forget);
          dx[third] = dc[u] * in * (1 - g * g);
          dx[fourth] = dh[u] * tanh * out * (1 - out);
          dc[u] *= forget;
        }
      }
      dh[u] = direct;
    }
    System.arraycopy(dx, 0, da, 0, dx.length);
    if (cell == RecurrentCell.GRU) {
      // Only n sees a through the reset gate.
      for (int u = 0; u < units; u++) {
        da[2 * units + u] *= k[u];
      }
    }
  }
}
