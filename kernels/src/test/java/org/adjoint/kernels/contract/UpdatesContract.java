package org.adjoint.kernels.contract;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link UpdateKernels}. */
public abstract class UpdatesContract extends KernelsContract {
  /** The settings of a step of descent. */
  private record Sgd(double rate, double momentum, boolean nesterov, double weightDecay) {
    UpdateStep step() {
      return UpdateRules.sgd(rate, momentum, 0, nesterov, weightDecay, false);
    }
  }

  /** The settings of a step of Adam. */
  private record Adam(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled,
      long step) {
    UpdateStep settings() {
      return UpdateRules.adam(rate, beta1, beta2, epsilon, weightDecay, decoupled, false, step);
    }
  }

  private static final Sgd[] SGD = {
    new Sgd(0.1, 0, false, 0),
    new Sgd(0.1, 0, false, 0.01),
    new Sgd(0.05, 0.9, false, 0),
    new Sgd(0.05, 0.9, true, 0),
    new Sgd(0.05, 0.9, true, 0.01)
  };

  private static final Adam[] ADAM = {
    new Adam(1e-3, 0.9, 0.999, 1e-8, 0, false, 1),
    new Adam(1e-3, 0.9, 0.999, 1e-8, 0.01, false, 2),
    new Adam(1e-2, 0.9, 0.99, 1e-6, 0.1, true, 7),
    new Adam(1e-3, 0, 0, 1e-8, 0, false, 3),
    new Adam(1e-3, 0.9, 0.999, 1e-8, 0, true, 1_000_000_000_000L)
  };

  private UpdateKernels updates() {
    return kernels().updates();
  }

  @Test
  void sgdAtEverySize() {
    for (DType dtype : FLOATING) {
      for (Sgd settings : SGD) {
        for (int n : SIZES) {
          checkSgd(random(dtype, 1, n), random(dtype, 2, n), random(dtype, 3, n), settings);
        }
        for (Tensor g : views(random(dtype, 2, 5, 7))) {
          checkSgd(random(dtype, 1, 5, 7), g, random(dtype, 3, 5, 7), settings);
        }
      }
    }
  }

  private void checkSgd(Tensor p, Tensor g, Tensor velocity, Sgd settings) {
    boolean moving = settings.momentum() != 0;
    Tensor rp = exact(p);
    Tensor rv = exact(velocity);
    Tensor rg = exact(g);
    UpdateStep step = settings.step();
    reference().updates().update(step, moving ? new Tensor[] {rp, rg, rv} : new Tensor[] {rp, rg});
    double[] gradient = g.toDoubleArray();
    double[] sp = new double[p.size()];
    double[] sv = new double[p.size()];
    double[] before = p.toDoubleArray();
    double[] speed = velocity.toDoubleArray();
    double mu = settings.momentum();
    for (int i = 0; i < sp.length; i++) {
      double slope = Math.abs(gradient[i]) + settings.weightDecay() * Math.abs(before[i]);
      sv[i] = mu * Math.abs(speed[i]) + slope;
      double move = settings.nesterov() ? slope + mu * sv[i] : moving ? sv[i] : slope;
      sp[i] = Math.abs(before[i]) + settings.rate() * move;
    }
    updates().update(step, moving ? new Tensor[] {p, g, velocity} : new Tensor[] {p, g});
    assertBound(settings + " p", p, rp.toDoubleArray(), sp, 4);
    if (moving) {
      assertBound(settings + " v", velocity, rv.toDoubleArray(), sv, 4);
    }
    assertSame("the gradient is kept", g.toDoubleArray(), gradient);
  }

  @Test
  void adamAtEverySize() {
    for (DType dtype : FLOATING) {
      for (Adam settings : ADAM) {
        for (int n : SIZES) {
          Tensor v = between(dtype, 4, 0, 1, n);
          checkAdam(random(dtype, 1, n), random(dtype, 2, n), random(dtype, 3, n), v, settings);
        }
        for (Tensor g : views(random(dtype, 2, 5, 7))) {
          Tensor v = between(dtype, 4, 0, 1, 5, 7);
          checkAdam(random(dtype, 1, 5, 7), g, random(dtype, 3, 5, 7), v, settings);
        }
        Tensor zeros = Tensor.zeros(backend(), dtype, 33);
        Tensor more = Tensor.zeros(backend(), dtype, 33);
        checkAdam(random(dtype, 1, 33), random(dtype, 2, 33), zeros, more, settings);
      }
    }
  }

  private void checkAdam(Tensor p, Tensor g, Tensor m, Tensor v, Adam settings) {
    Tensor rp = exact(p);
    Tensor rm = exact(m);
    Tensor rv = exact(v);
    double[] before = p.toDoubleArray();
    double[] first = m.toDoubleArray();
    double[] second = v.toDoubleArray();
    double[] gradient = g.toDoubleArray();
    reference().updates().update(settings.settings(), rp, exact(g), rm, rv);
    double[] sp = new double[p.size()];
    double[] sm = new double[p.size()];
    double[] sv = new double[p.size()];
    double lambda = settings.decoupled() ? 0 : settings.weightDecay();
    double b1 = settings.beta1();
    double b2 = settings.beta2();
    double rate = settings.rate() / (1 - Math.pow(b1, settings.step()));
    double root = Math.sqrt(1 - Math.pow(b2, settings.step()));
    for (int i = 0; i < sp.length; i++) {
      double slope = Math.abs(gradient[i]) + lambda * Math.abs(before[i]);
      sm[i] = b1 * Math.abs(first[i]) + (1 - b1) * slope;
      sv[i] = b2 * Math.abs(second[i]) + (1 - b2) * slope * slope;
      double exactRoot = Math.sqrt(rv.toDoubleArray()[i]) / root + settings.epsilon();
      // Where the slope cancels, its square and so the root are less exact by this factor.
      double spread = 1 + (1 - b2) * slope * slope / rv.toDoubleArray()[i];
      sp[i] = Math.abs(before[i]) + rate * sm[i] / exactRoot * spread;
    }
    updates().update(settings.settings(), p, g, m, v);
    assertBound(settings + " p", p, rp.toDoubleArray(), sp, 8);
    assertBound(settings + " m", m, rm.toDoubleArray(), sm, 4);
    assertBound(settings + " v", v, rv.toDoubleArray(), sv, 4);
    assertSame("the gradient is kept", g.toDoubleArray(), gradient);
  }

  /** Rules with other states and functions than those above, of three tensors of state. */
  private static List<UpdateStep> others() {
    Expr p = Expr.operand(0);
    Expr g = Expr.operand(1);
    Expr a = Expr.operand(2);
    Expr b = Expr.operand(3);
    Expr c = Expr.operand(4);
    Expr sign = Expr.apply(Expr.Function.SIGN, a.plus(g));
    Expr root = Expr.apply(Expr.Function.SQRT, b.plus(Expr.constant(1)));
    Expr chosen = Expr.select(g.with(Expr.Operator.GT, c), g, c);
    UpdateRule rule =
        new UpdateRule(
            "other",
            List.of("a", "b", "c"),
            List.of("r"),
            p.minus(Expr.parameter(0).times(sign.plus(g.over(root)))),
            a.with(Expr.Operator.MAX, g),
            b.plus(Expr.apply(Expr.Function.ABS, g)),
            chosen);
    return List.of(
        new UpdateStep(rule, 0.25),
        UpdateRules.sgd(0.1, 0.9, 0.5, false, 0.1, true),
        UpdateRules.sgd(0.1, 0, 0, false, 0.1, true),
        UpdateRules.adam(1e-2, 0.9, 0.99, 1e-3, 0.1, true, true, 2),
        UpdateRules.adam(1e-2, 0.9, 0.99, 1e-3, 0.1, false, true, 2));
  }

  @Test
  void everyRuleIsItsFormulas() {
    for (UpdateStep step : others()) {
      for (DType dtype : FLOATING) {
        for (int n : SIZES) {
          Tensor[] mine = new Tensor[step.rule().tensors()];
          Tensor[] exact = new Tensor[mine.length];
          for (int i = 0; i < mine.length; i++) {
            mine[i] = between(dtype, i + 1, i < 2 ? -1 : 0.1, 1, n);
            exact[i] = exact(mine[i]);
          }
          reference().updates().update(step, exact);
          updates().update(step, mine);
          for (int i = 0; i < mine.length; i++) {
            double[] r = exact[i].toDoubleArray();
            double[] sums = new double[n];
            // Operands are at most 1, and so are the rates that multiply them.
            Arrays.fill(sums, 4);
            assertBound(step.rule() + " " + i, mine[i], r, sums, 4);
          }
        }
      }
    }
  }

  /** Rows named once, several times, not at all; fewer and more than the table has. */
  private static final int[][] INDICES = {
    {0}, {4}, {3, 1}, {2, 2, 2}, {4, 0, 4, 1, 4, 0}, {1, 0, 1, 0, 3, 3, 1, 0, 1, 1, 3, 0, 1}
  };

  @Test
  void stepsInRowsAreStepsOfTheWholeTable() {
    for (DType dtype : FLOATING) {
      for (int[] index : INDICES) {
        for (int width : new int[] {1, 3, 16, 100, 207}) {
          Tensor g = random(dtype, 2, index.length, width);
          rows(UpdateRules.sgd(0.1), true, g, index);
          rows(UpdateRules.sgd(0.1, 0.9, 0, true, 0.01, false), false, g, index);
          rows(UpdateRules.adam(1e-2, 0.9, 0.99, 1e-3, 0, false, false, 2), false, g, index);
        }
        Tensor turned = random(dtype, 2, 6, index.length).transpose(0, 1);
        rows(UpdateRules.sgd(0.1), true, turned, index);
      }
    }
  }

  /**
   * Compares with the step of the whole table, bit for bit: in the named rows, and in all if the
   * rule leaves the others alone.
   */
  private void rows(UpdateStep step, boolean all, Tensor g, int... index) {
    int width = g.dim(1);
    Tensor whole = Tensor.zeros(backend(), g.dtype(), 5, width);
    Tensor places = Tensor.of(backend(), index, index.length);
    kernels().indexing().indexAdd(g, 0, places, whole);
    Tensor[] mine = new Tensor[step.rule().tensors()];
    Tensor[] theirs = new Tensor[mine.length];
    for (int i = 0; i < mine.length; i++) {
      mine[i] = i == 1 ? g : between(g.dtype(), i + 3, i == 0 ? -1 : 0, 1, 5, width);
      theirs[i] = i == 1 ? whole : between(g.dtype(), i + 3, i == 0 ? -1 : 0, 1, 5, width);
    }
    double[] before = mine[0].toDoubleArray();
    updates().updateRows(step, places, mine);
    updates().update(step, theirs);
    for (int i = 0; i < mine.length; i++) {
      double[] received = mine[i].toDoubleArray();
      for (int row = 0; i != 1 && row < 5; row++) {
        int named = row;
        boolean isNamed = Arrays.stream(index).anyMatch(r -> r == named);
        double[] expected = isNamed || all ? theirs[i].toDoubleArray() : before;
        if (isNamed || all || i == 0) {
          assertSame(
              step.rule() + " row " + row,
              Arrays.copyOfRange(received, row * width, (row + 1) * width),
              Arrays.copyOfRange(expected, row * width, (row + 1) * width));
        }
      }
    }
  }

  @Test
  void stepsByHand() {
    Tensor p = tensor(DType.F64, new double[] {1, -2}, 2);
    Tensor g = tensor(DType.F64, new double[] {0.5, 4}, 2);
    updates().update(UpdateRules.sgd(0.5), p, g);
    assertSame("sgd", p.toDoubleArray(), new double[] {0.75, -4});
    Tensor v = tensor(DType.F64, new double[] {1, 0}, 2);
    updates().update(UpdateRules.sgd(0.5, 0.5, 0, true, 0, false), p, g, v);
    // v = 0.5·v + g; p = p − 0.5·(g + 0.5·v)
    assertSame("velocity", v.toDoubleArray(), new double[] {1, 4});
    assertSame("nesterov", p.toDoubleArray(), new double[] {0.25, -7});

    Tensor q = tensor(DType.F64, new double[] {1, -2}, 2);
    Tensor m = tensor(DType.F64, new double[2], 2);
    Tensor s = tensor(DType.F64, new double[2], 2);
    updates().update(UpdateRules.adam(0.125, 0.5, 0.75, 0, 0, false, false, 1), q, g, m, s);
    // The first step of Adam is the rate times the sign of the gradient.
    assertSame("adam", q.toDoubleArray(), new double[] {0.875, -2.125});
    assertSame("m", m.toDoubleArray(), new double[] {0.25, 2});
    assertSame("v", s.toDoubleArray(), new double[] {0.0625, 4});
  }
}
