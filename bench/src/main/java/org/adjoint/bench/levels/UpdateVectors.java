package org.adjoint.bench.levels;

import jdk.incubator.vector.FloatVector;
import org.adjoint.cpu.Simd;

/** Optimizer steps by hand on the Vector API; the rest of a range runs as {@link UpdateLoops}. */
final class UpdateVectors {
  private static final int N = Simd.FLOATS;

  private UpdateVectors() {}

  private static FloatVector at(float[] x, int i) {
    return FloatVector.fromArray(Simd.FLOAT, x, i);
  }

  static void sgd(float[] p, float[] g, float[] v, float rate, float momentum, int from, int to) {
    FloatVector keep = FloatVector.broadcast(Simd.FLOAT, momentum);
    FloatVector step = FloatVector.broadcast(Simd.FLOAT, -rate);
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector speed = keep.fma(at(v, i), at(g, i));
      speed.intoArray(v, i);
      step.fma(speed, at(p, i)).intoArray(p, i);
    }
    UpdateLoops.sgd(p, g, v, rate, momentum, i, to);
  }

  static void adam(
      float[] p, float[] g, float[] m, float[] v, UpdateLoops.Adam a, int from, int to) {
    FloatVector beta1 = FloatVector.broadcast(Simd.FLOAT, a.beta1());
    FloatVector beta2 = FloatVector.broadcast(Simd.FLOAT, a.beta2());
    FloatVector scale = FloatVector.broadcast(Simd.FLOAT, a.scale());
    FloatVector epsilon = FloatVector.broadcast(Simd.FLOAT, a.epsilon());
    float rest1 = 1 - a.beta1();
    float rest2 = 1 - a.beta2();
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector slope = at(g, i);
      FloatVector mean = beta1.fma(at(m, i), slope.mul(rest1));
      FloatVector square = beta2.fma(at(v, i), slope.mul(rest2).mul(slope));
      mean.intoArray(m, i);
      square.intoArray(v, i);
      FloatVector step = mean.mul(a.rate()).div(square.sqrt().fma(scale, epsilon));
      at(p, i).sub(step).intoArray(p, i);
    }
    UpdateLoops.adam(p, g, m, v, a, i, to);
  }
}
