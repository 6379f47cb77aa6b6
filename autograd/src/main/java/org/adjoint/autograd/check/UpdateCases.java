package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.Tensor;

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
        sgd(cases, "sgd", 0, false, decay, shape);
        sgd(cases, "momentum", 0.9, false, decay, shape);
        sgd(cases, "nesterov", 0.9, true, decay, shape);
        for (long step : new long[] {1, 100}) {
          adam(cases, decay, false, step, shape);
          adam(cases, decay, true, step, shape);
        }
      }
    }
  }

  private static Expr times(double factor, Expr e) {
    return Expr.constant(factor).times(e);
  }

  private static void sgd(
      List<OpCase> cases, String op, double mu, boolean nesterov, double decay, int... shape) {
    double rate = 0.1;
    Expr g = G.plus(times(decay, P));
    Expr v = times(mu, M).plus(g);
    Expr direction = nesterov ? g.plus(times(mu, v)) : v;
    Expr p = P.minus(times(rate, direction));
    String formula = "g += decay p; m = mu m + g; p -= rate (nesterov ? g + mu m : m)";
    UpdateStep step = UpdateRules.sgd(rate, mu, 0, nesterov, decay, false);
    add(cases, op, formula, step, decay, 1, 0, p, shape);
    if (mu != 0) {
      add(cases, op, formula, step, decay, 1, 2, v, shape);
    }
  }

  private static void adam(
      List<OpCase> cases, double decay, boolean decoupled, long t, int... shape) {
    double rate = 1e-2;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    Expr g = decoupled ? G : G.plus(times(decay, P));
    Expr start = decoupled ? P.minus(times(rate * decay, P)) : P;
    Expr m = times(beta1, M).plus(times(1 - beta1, g));
    Expr v = times(beta2, V).plus(times(1 - beta2, g.times(g)));
    double correction1 = 1 - Math.pow(beta1, t);
    double correction2 = Math.sqrt(1 - Math.pow(beta2, t));
    Expr root = times(1 / correction2, Expr.apply(Function.SQRT, v)).plus(Expr.constant(epsilon));
    Expr p = start.minus(times(rate / correction1, m.over(root)));
    String op = decoupled ? "adamw" : "adam";
    String formula =
        "m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;"
            + " p -= rate / (1-b1^t) m / (sqrt(v) / sqrt(1-b2^t) + epsilon)";
    UpdateStep step = UpdateRules.adam(rate, beta1, beta2, epsilon, decay, decoupled, false, t);
    add(cases, op, formula, step, decay, t, 0, p, shape);
    add(cases, op, formula, step, decay, t, 2, m, shape);
    add(cases, op, formula, step, decay, t, 3, v, shape);
  }

  private static void add(
      List<OpCase> cases,
      String op,
      String formula,
      UpdateStep settings,
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
  private record Update(String name, UpdateStep step, int result) implements Op.NonDifferentiable {
    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor[] t = new Tensor[step.rule().tensors()];
      for (int i = 0; i < t.length; i++) {
        t[i] = Tensor.result(inputs[i].device(), inputs[i].dtype(), inputs[i].shape());
        kernels.elementwise().copy(inputs[i], t[i]);
      }
      kernels.updates().update(step, t);
      return t[result];
    }
  }
}
