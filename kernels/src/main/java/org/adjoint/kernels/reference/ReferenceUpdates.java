package org.adjoint.kernels.reference;

import org.adjoint.kernels.UpdateKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Optimizer steps, element by element as their formulas stand. */
final class ReferenceUpdates implements UpdateKernels {
  @Override
  public void sgd(Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Sgd settings) {
    Elements p = Elements.of(parameter);
    Elements g = Elements.of(gradient);
    Elements v = velocity == null ? null : Elements.of(velocity);
    for (int i = 0; i < p.size(); i++) {
      double slope = pulled(g.get(i), settings.weightDecay(), p.get(i));
      double step = slope;
      if (v != null) {
        double speed = settings.momentum() * v.get(i) + slope;
        v.set(i, speed);
        step = settings.nesterov() ? slope + settings.momentum() * speed : speed;
      }
      p.set(i, p.get(i) - settings.rate() * step);
    }
  }

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor m, Tensor v, Adam settings) {
    double beta1 = settings.beta1();
    double beta2 = settings.beta2();
    double rate = settings.rate() / (1 - StrictMath.pow(beta1, settings.step()));
    double root = Math.sqrt(1 - StrictMath.pow(beta2, settings.step()));
    double shrink = settings.decoupled() ? 1 - settings.rate() * settings.weightDecay() : 1;
    double pull = settings.decoupled() ? 0 : settings.weightDecay();
    Elements p = Elements.of(parameter);
    Elements g = Elements.of(gradient);
    Elements first = Elements.of(m);
    Elements second = Elements.of(v);
    for (int i = 0; i < p.size(); i++) {
      double slope = pulled(g.get(i), pull, p.get(i));
      double mean = beta1 * first.get(i) + (1 - beta1) * slope;
      double square = beta2 * second.get(i) + (1 - beta2) * slope * slope;
      first.set(i, mean);
      second.set(i, square);
      double step = rate * mean / (Math.sqrt(square) / root + settings.epsilon());
      p.set(i, shrink * p.get(i) - step);
    }
  }

  /** g + λ·p; without decay an infinite parameter does not touch its gradient. */
  private static double pulled(double gradient, double decay, double parameter) {
    return decay == 0 ? gradient : gradient + decay * parameter;
  }
}
