package org.adjoint.cpu;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import java.util.List;
import java.util.function.Supplier;
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

  // ---- stochastic gradient descent ---

  @Override
  public void sgd(Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Sgd settings) {
    ElementLoop loop = loop(step(settings, velocity != null), parameter.dtype());
    double[] scalars = scalars(settings, ElementTask.scalars());
    ElementTask task = ElementTask.ofThread(loop, velocity == null ? 3 : 5, scalars);
    place(task, parameter, gradient, velocity, null).executeOnce(1, parameter.size());
  }

  @Override
  public Runnable bindSgd(
      Tensor parameter, Tensor gradient, @Nullable Tensor velocity, Supplier<Sgd> settings) {
    DType type = parameter.dtype();
    boolean momentum = velocity != null;
    ElementTask task = new ElementTask(loop(Step.SGD, type), momentum ? 5 : 3, new double[3]);
    place(task, parameter, gradient, velocity, null);
    int size = parameter.size();
    return () -> {
      Sgd now = settings.get();
      task.set(loop(step(now, momentum), type), scalars(now, task.parameters));
      task.execute(1, size);
    };
  }

  private static Step step(Sgd settings, boolean momentum) {
    boolean decay = settings.weightDecay() != 0;
    if (!momentum) {
      return decay ? Step.SGD_DECAY : Step.SGD;
    }
    if (settings.nesterov()) {
      return decay ? Step.NESTEROV_DECAY : Step.NESTEROV;
    }
    return decay ? Step.MOMENTUM_DECAY : Step.MOMENTUM;
  }

  private static double[] scalars(Sgd settings, double[] p) {
    p[0] = -settings.rate();
    p[1] = settings.momentum();
    p[2] = settings.weightDecay();
    return p;
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

  // ---- Adam ---

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor m, Tensor v, Adam settings) {
    ElementLoop loop = loop(step(settings), parameter.dtype());
    ElementTask task = ElementTask.ofThread(loop, 7, scalars(settings, ElementTask.scalars()));
    place(task, parameter, gradient, m, v).executeOnce(1, parameter.size());
  }

  @Override
  public Runnable bindAdam(
      Tensor parameter, Tensor gradient, Tensor m, Tensor v, Supplier<Adam> settings) {
    DType type = parameter.dtype();
    ElementTask task = new ElementTask(loop(Step.ADAM, type), 7, new double[8]);
    place(task, parameter, gradient, m, v);
    int size = parameter.size();
    return () -> {
      Adam now = settings.get();
      task.set(loop(step(now), type), scalars(now, task.parameters));
      task.execute(1, size);
    };
  }

  private static Step step(Adam settings) {
    if (settings.weightDecay() == 0) {
      return Step.ADAM;
    }
    return settings.decoupled() ? Step.ADAM_DECOUPLED : Step.ADAM_DECAY;
  }

  private static double[] scalars(Adam settings, double[] p) {
    double decay = settings.weightDecay();
    p[0] = settings.beta1();
    p[1] = 1 - settings.beta1();
    p[2] = settings.beta2();
    p[3] = 1 - settings.beta2();
    p[4] = settings.rate() / (1 - StrictMath.pow(settings.beta1(), settings.step()));
    p[5] = 1 / Math.sqrt(1 - StrictMath.pow(settings.beta2(), settings.step()));
    p[6] = settings.epsilon();
    p[7] = settings.decoupled() ? 1 - settings.rate() * decay : decay;
    return p;
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

  /** Places parameter, gradient and state; a step writes all of these but the gradient. */
  private static ElementTask place(
      ElementTask task,
      Tensor parameter,
      Tensor gradient,
      @Nullable Tensor first,
      @Nullable Tensor second) {
    int slot = state(task, place(task, 0, parameter), first, second);
    slot = place(task, place(task, slot, parameter), gradient);
    state(task, slot, first, second);
    return task;
  }

  private static int state(
      ElementTask task, int slot, @Nullable Tensor first, @Nullable Tensor second) {
    int next = first == null ? slot : place(task, slot, first);
    return second == null ? next : place(task, next, second);
  }

  /** Places a slot; returns the next. */
  private static int place(ElementTask task, int slot, Tensor t) {
    task.slot(slot, Heap.array(t), Heap.at(t), 0);
    return slot + 1;
  }
}
