package org.adjoint.bench.levels;

import org.adjoint.kernels.UpdateStep;

/** Optimizer steps in plain Java: with a step that C2 cannot see, and as counted loops. */
final class UpdateLoops {
  private UpdateLoops() {}

  /**
   * The numbers of an Adam step that are the same for all parameters.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param rate η / (1 − β₁ᵗ)
   * @param scale 1 / √(1 − β₂ᵗ)
   * @param epsilon added to the root
   */
  record Adam(float beta1, float beta2, float rate, float scale, float epsilon) {
    static Adam of(UpdateStep step) {
      double[] n = step.numbers();
      return new Adam((float) n[0], (float) n[2], (float) n[4], (float) n[5], (float) n[6]);
    }
  }

  static void plainSgd(
      float[] p, float[] g, float[] v, float rate, float momentum, int from, int to) {
    int s = PlainLoops.step;
    for (int i = from; i < to; i += s) {
      v[i] = momentum * v[i] + g[i];
      p[i] -= rate * v[i];
    }
  }

  static void sgd(float[] p, float[] g, float[] v, float rate, float momentum, int from, int to) {
    for (int i = from; i < to; i++) {
      float speed = Math.fma(momentum, v[i], g[i]);
      v[i] = speed;
      p[i] = Math.fma(-rate, speed, p[i]);
    }
  }

  static void plainAdam(float[] p, float[] g, float[] m, float[] v, Adam a, int from, int to) {
    int s = PlainLoops.step;
    for (int i = from; i < to; i += s) {
      m[i] = a.beta1 * m[i] + (1 - a.beta1) * g[i];
      v[i] = a.beta2 * v[i] + (1 - a.beta2) * g[i] * g[i];
      p[i] -= a.rate * m[i] / ((float) Math.sqrt(v[i]) * a.scale + a.epsilon);
    }
  }

  static void adam(float[] p, float[] g, float[] m, float[] v, Adam a, int from, int to) {
    float beta1 = a.beta1;
    float beta2 = a.beta2;
    float rest1 = 1 - beta1;
    float rest2 = 1 - beta2;
    float rate = a.rate;
    float scale = a.scale;
    float epsilon = a.epsilon;
    for (int i = from; i < to; i++) {
      float mean = Math.fma(beta1, m[i], rest1 * g[i]);
      float square = Math.fma(beta2, v[i], rest2 * g[i] * g[i]);
      m[i] = mean;
      v[i] = square;
      p[i] -= rate * mean / Math.fma((float) Math.sqrt(square), scale, epsilon);
    }
  }
}
