package org.adjoint.kernels.reference;

import static org.adjoint.kernels.RecurrentKernels.NEVER;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;

/**
 * Connectionist temporal classification, sequence by sequence and place by place. Place 2 + s of a
 * row is l′ₛ; the two before it are never reached, and two more are behind the last.
 */
final class ReferenceCtc {
  private final Elements x;
  private final Elements targets;
  private final Elements inputLengths;
  private final Elements targetLengths;
  private final int blank;
  private final Elements alphas;
  private final Elements losses;
  private final int n;
  private final int classes;
  private final int places;

  ReferenceCtc(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses) {
    this.x = Elements.of(x);
    this.targets = Elements.of(targets);
    this.inputLengths = Elements.of(inputLengths);
    this.targetLengths = Elements.of(targetLengths);
    this.blank = blank;
    this.alphas = Elements.of(alphas);
    this.losses = Elements.of(losses);
    n = x.dim(1);
    classes = x.dim(2);
    places = alphas.dim(2);
  }

  /** The class at a place of sequence i. */
  private int label(int i, int place) {
    return place % 2 == 0 ? blank : targets.index(i * ((places - 3) / 2) + (place - 3) / 2);
  }

  /** Whether a place may be reached from two places before. */
  private boolean skips(int i, int place) {
    return place % 2 == 1 && place > 3 && label(i, place) != label(i, place - 2);
  }

  private double emission(int t, int i, int place) {
    return Math.max(x.get((t * n + i) * classes + label(i, place)), NEVER);
  }

  private static double logOfSum(double a, double b, double c) {
    double most = Math.max(a, Math.max(b, c));
    return most
        + StrictMath.log(
            StrictMath.exp(a - most) + StrictMath.exp(b - most) + StrictMath.exp(c - most));
  }

  private static double[] never(int size) {
    double[] v = new double[size];
    Arrays.fill(v, NEVER);
    return v;
  }

  void forward() {
    for (int i = 0; i < n; i++) {
      double[] before = never(places);
      before[2] = 0;
      for (int t = 0; t < inputLengths.index(i); t++) {
        double[] now = never(places);
        for (int s = 2; s < places; s++) {
          double skipped = skips(i, s) ? before[s - 2] : NEVER;
          now[s] = logOfSum(before[s], before[s - 1], skipped) + emission(t, i, s);
        }
        for (int s = 0; s < places; s++) {
          alphas.set((t * n + i) * places + s, now[s]);
        }
        before = now;
      }
      int end = 2 + 2 * targetLengths.index(i);
      double total = logOfSum(before[end], before[end - 1], NEVER);
      losses.set(i, total > NEVER / 10 ? -total : Double.POSITIVE_INFINITY);
    }
  }

  void gradient(Elements dlosses, Elements dx) {
    dx.fill(0);
    for (int i = 0; i < n; i++) {
      // After the last step all stands at the last blank.
      double[] after = never(places + 2);
      int length = losses.get(i) < Double.POSITIVE_INFINITY ? inputLengths.index(i) : 0;
      after[2 + 2 * targetLengths.index(i)] = losses.get(i);
      for (int t = length - 1; t >= 0; t--) {
        double[] now = never(places + 2);
        for (int s = 2; s < places; s++) {
          double skipped = s + 2 < places && skips(i, s + 2) ? after[s + 2] : NEVER;
          double beta = logOfSum(after[s], after[s + 1], skipped);
          int at = (t * n + i) * classes + label(i, s);
          double share = StrictMath.exp(alphas.get((t * n + i) * places + s) + beta);
          dx.set(at, dx.get(at) - dlosses.get(i) * share);
          now[s] = beta + emission(t, i, s);
        }
        after = now;
      }
    }
  }
}
