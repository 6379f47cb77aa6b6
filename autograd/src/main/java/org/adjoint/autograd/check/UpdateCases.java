package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Cases of the optimizer updates: each result of one step, judged by its formula. */
final class UpdateCases {
  private static final int[][] SHAPES = {{}, {1}, {3}, {8}, {2, 3}, {17}, {33}, {0}, {207}, {4098}};
  private static final Expr P = Expr.operand(0);
  private static final Expr G = Expr.operand(1);
  private static final Expr M = Expr.operand(2);
  private static final Expr V = Expr.operand(3);

  private UpdateCases() {}

  static void add(List<OpCase> cases) {
    for (int[] shape : SHAPES) {
      for (double decay : new double[] {0, 0.01}) {
        sgd(cases, "sgd", new UpdateKernels.Sgd(0.1, 0, false, decay), shape);
        sgd(cases, "momentum", new UpdateKernels.Sgd(0.1, 0.9, false, decay), shape);
        sgd(cases, "nesterov", new UpdateKernels.Sgd(0.1, 0.9, true, decay), shape);
        for (long step : new long[] {1, 100}) {
          adam(cases, new UpdateKernels.Adam(1e-2, 0.9, 0.999, 1e-8, decay, false, step), shape);
          adam(cases, new UpdateKernels.Adam(1e-2, 0.9, 0.999, 1e-8, decay, true, step), shape);
        }
      }
    }
  }

  private static Expr times(double factor, Expr e) {
    return Expr.constant(factor).times(e);
  }

  private static void sgd(List<OpCase> cases, String op, UpdateKernels.Sgd s, int... shape) {
    Expr g = G.plus(times(s.weightDecay(), P));
    Expr v = times(s.momentum(), M).plus(g);
    Expr direction = s.nesterov() ? g.plus(times(s.momentum(), v)) : v;
    Expr p = P.minus(times(s.rate(), direction));
    String formula = "g += decay p; m = mu m + g; p -= rate (nesterov ? g + mu m : m)";
    add(cases, op, formula, s, s.weightDecay(), 1, 0, p, shape);
    if (s.momentum() != 0) {
      add(cases, op, formula, s, s.weightDecay(), 1, 2, v, shape);
    }
  }

  private static void adam(List<OpCase> cases, UpdateKernels.Adam s, int... shape) {
    boolean decoupled = s.decoupled();
    Expr g = decoupled ? G : G.plus(times(s.weightDecay(), P));
    Expr start = decoupled ? P.minus(times(s.rate() * s.weightDecay(), P)) : P;
    Expr m = times(s.beta1(), M).plus(times(1 - s.beta1(), g));
    Expr v = times(s.beta2(), V).plus(times(1 - s.beta2(), g.times(g)));
    double correction1 = 1 - Math.pow(s.beta1(), s.step());
    double correction2 = Math.sqrt(1 - Math.pow(s.beta2(), s.step()));
    Expr root =
        times(1 / correction2, Expr.apply(Function.SQRT, v)).plus(Expr.constant(s.epsilon()));
    Expr p = start.minus(times(s.rate() / correction1, m.over(root)));
    String op = decoupled ? "adamw" : "adam";
    String formula =
        "m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;"
            + " p -= rate / (1-b1^t) m / (sqrt(v) / sqrt(1-b2^t) + epsilon)";
    add(cases, op, formula, s, s.weightDecay(), s.step(), 0, p, shape);
    add(cases, op, formula, s, s.weightDecay(), s.step(), 2, m, shape);
    add(cases, op, formula, s, s.weightDecay(), s.step(), 3, v, shape);
  }

  private static void add(
      List<OpCase> cases,
      String op,
      String formula,
      Object settings,
      double decay,
      long step,
      int result,
      Expr expected,
      int... shape) {
    cases.add(
        OpCase.of(op, formula, "none")
            .family(Kernels.Family.UPDATES)
            .with("decay", decay)
            .with("step", step)
            .remark(new String[] {"p", "g", "m", "v"}[result])
            .plain("p", Values.between(-1, 1), shape)
            .plain("g", Values.between(-1, 1), shape)
            .plain("m", Values.between(-0.5, 0.5), shape)
            .plain("v", Values.between(0.01, 0.5), shape)
            .elementwise(expected)
            .applying(in -> Graph.apply(new Update(op, settings, result), in)));
  }

  /** One step on copies of the operands; gives back one of them. */
  private record Update(String name, Object settings, int result) implements Op.NonDifferentiable {
    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor[] t = new Tensor[inputs.length];
      for (int i = 0; i < t.length; i++) {
        t[i] = Tensor.result(inputs[i].device(), inputs[i].dtype(), inputs[i].shape());
        kernels.elementwise().copy(inputs[i], t[i]);
      }
      switch (settings) {
        case UpdateKernels.Sgd s -> {
          @Nullable Tensor velocity = s.momentum() == 0 ? null : t[2];
          kernels.updates().sgd(t[0], t[1], velocity, s);
        }
        case UpdateKernels.Adam s -> kernels.updates().adam(t[0], t[1], t[2], t[3], s);
        default -> throw new AssertionError(settings);
      }
      return t[result];
    }
  }
}
