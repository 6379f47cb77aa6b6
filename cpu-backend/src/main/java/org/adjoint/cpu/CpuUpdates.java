package org.adjoint.cpu;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Optimizer steps: parameter and state are read and written in one generated loop. Terms whose
 * factor is zero are left out of the loop.
 */
final class CpuUpdates implements UpdateKernels {
  private static final Expr P = operand(0);
  private static final Expr G = operand(1);

  /** The kinds of step; each becomes one loop a type. */
  private enum Step {
    SGD(sgd(false, false, false)),
    SGD_DECAY(sgd(true, false, false)),
    MOMENTUM(sgd(false, true, false)),
    MOMENTUM_DECAY(sgd(true, true, false)),
    NESTEROV(sgd(false, true, true)),
    NESTEROV_DECAY(sgd(true, true, true)),
    ADAM(adam(false, false)),
    ADAM_DECAY(adam(true, false)),
    ADAM_DECOUPLED(adam(false, true));

    final List<Expr> formulas;

    Step(List<Expr> formulas) {
      this.formulas = formulas;
    }
  }

  private final LoopCompiler loops;

  /** By kind and type; made on first use, racing threads make the same. */
  private final @Nullable ElementLoop[] made = new ElementLoop[2 * Step.values().length];

  CpuUpdates(LoopCompiler loops) {
    this.loops = loops;
  }

  @Override
  public void sgd(Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Sgd settings) {
    boolean decay = settings.weightDecay() != 0;
    double[] parameters = {-settings.rate(), settings.momentum(), settings.weightDecay()};
    if (velocity == null) {
      run(decay ? Step.SGD_DECAY : Step.SGD, parameters, parameter, gradient);
    } else if (settings.nesterov()) {
      Step step = decay ? Step.NESTEROV_DECAY : Step.NESTEROV;
      run(step, parameters, parameter, gradient, velocity);
    } else {
      Step step = decay ? Step.MOMENTUM_DECAY : Step.MOMENTUM;
      run(step, parameters, parameter, gradient, velocity);
    }
  }

  /** The new parameter and, with momentum, the new velocity. */
  private static List<Expr> sgd(boolean decay, boolean momentum, boolean nesterov) {
    Expr slope = decay ? fma(parameter(2), P, G) : G;
    if (!momentum) {
      return List.of(fma(parameter(0), slope, P));
    }
    Expr speed = fma(parameter(1), operand(2), slope);
    Expr step = nesterov ? fma(parameter(1), speed, slope) : speed;
    return List.of(fma(parameter(0), step, P), speed);
  }

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor m, Tensor v, Adam settings) {
    double beta1 = settings.beta1();
    double beta2 = settings.beta2();
    double decay = settings.weightDecay();
    double[] parameters = {
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      settings.rate() / (1 - StrictMath.pow(beta1, settings.step())),
      1 / Math.sqrt(1 - StrictMath.pow(beta2, settings.step())),
      settings.epsilon(),
      settings.decoupled() ? 1 - settings.rate() * decay : decay
    };
    Step step =
        decay == 0 ? Step.ADAM : settings.decoupled() ? Step.ADAM_DECOUPLED : Step.ADAM_DECAY;
    run(step, parameters, parameter, gradient, m, v);
  }

  /** The new parameter, first and second moment. */
  private static List<Expr> adam(boolean pull, boolean shrink) {
    Expr m = operand(2);
    Expr v = operand(3);
    Expr slope = pull ? fma(parameter(7), P, G) : G;
    Expr mean = fma(parameter(0), m, parameter(1).times(slope));
    Expr square = fma(parameter(2), v, parameter(3).times(slope).times(slope));
    Expr root = Expr.apply(Expr.Function.SQRT, square);
    Expr step = parameter(4).times(mean).over(fma(root, parameter(5), parameter(6)));
    Expr kept = shrink ? fma(parameter(7), P, step.negated()) : P.minus(step);
    return List.of(kept, mean, square);
  }

  private ElementLoop loop(Step step, DType type) {
    int place = 2 * step.ordinal() + (type == DType.F64 ? 1 : 0);
    ElementLoop loop = made[place];
    if (loop == null) {
      loop = loops.loop(new LoopCompiler.Key(step.formulas, type, 0));
      made[place] = loop;
    }
    return loop;
  }

  /** Runs a step over parameter, gradient and state; it writes all of these but the gradient. */
  private void run(
      Step step, double[] parameters, Tensor parameter, Tensor gradient, Tensor... state) {
    ElementLoop loop = loop(step, parameter.dtype());
    ElementTask task = new ElementTask(loop, step.formulas.size() + 2 + state.length, parameters);
    int slot = 0;
    place(task, slot++, parameter);
    for (Tensor s : state) {
      place(task, slot++, s);
    }
    place(task, slot++, parameter);
    place(task, slot++, gradient);
    for (Tensor s : state) {
      place(task, slot++, s);
    }
    task.execute(1, parameter.size());
  }

  private static void place(ElementTask task, int slot, Tensor t) {
    task.slot(slot, Heap.array(t), t.layout().offset(), 0);
  }
}
