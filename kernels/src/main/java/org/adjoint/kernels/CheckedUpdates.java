package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of optimizer steps; see {@link CheckedKernels}. */
final class CheckedUpdates implements UpdateKernels {
  private static final double BELOW_ONE = Math.nextDown(1.0);

  private final Arguments check;
  private final UpdateKernels raw;

  CheckedUpdates(Arguments check, UpdateKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void sgd(Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Sgd settings) {
    String op = "sgd";
    check.present(op, "settings", settings);
    check.finite(op, "rate", settings.rate());
    check.within(op, "momentum", settings.momentum(), 0, Double.MAX_VALUE);
    check.within(op, "weightDecay", settings.weightDecay(), 0, Double.MAX_VALUE);
    if ((velocity == null) != (settings.momentum() == 0)) {
      throw new ArgumentException(
          op,
          "velocity",
          velocity == null ? "null" : Arguments.describe(velocity),
          "it must be given if and only if the momentum, " + settings.momentum() + ", is not 0");
    }
    pair(op, parameter, gradient);
    if (velocity != null) {
      state(op, "velocity", velocity, parameter, gradient);
    }
    if (parameter.size() > 0) {
      raw.sgd(parameter, check.contiguous(gradient), velocity, settings);
    }
  }

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor m, Tensor v, Adam settings) {
    String op = "adam";
    check.present(op, "settings", settings);
    check.finite(op, "rate", settings.rate());
    check.within(op, "beta1", settings.beta1(), 0, BELOW_ONE);
    check.within(op, "beta2", settings.beta2(), 0, BELOW_ONE);
    check.within(op, "epsilon", settings.epsilon(), 0, Double.MAX_VALUE);
    check.within(op, "weightDecay", settings.weightDecay(), 0, Double.MAX_VALUE);
    if (settings.step() < 1) {
      throw new ArgumentException(op, "step", settings.step(), "steps are counted from 1");
    }
    pair(op, parameter, gradient);
    state(op, "m", m, parameter, gradient);
    state(op, "v", v, parameter, gradient);
    check.apart(op, "v", v, "m", m);
    if (parameter.size() > 0) {
      raw.adam(parameter, check.contiguous(gradient), m, v, settings);
    }
  }

  private void pair(String op, Tensor parameter, Tensor gradient) {
    check.floating(op, "parameter", parameter);
    check.dense(op, "parameter", parameter);
    check.typed(op, "gradient", gradient, parameter.dtype());
    check.shapeOf(op, "gradient", gradient, parameter);
    check.apart(op, "parameter", parameter, "gradient", gradient);
  }

  private void state(String op, String name, Tensor t, Tensor parameter, Tensor gradient) {
    check.typed(op, name, t, parameter.dtype());
    check.shapeOf(op, name, t, parameter);
    check.dense(op, name, t);
    check.apart(op, name, t, "parameter", parameter);
    check.apart(op, name, t, "gradient", gradient);
  }
}
