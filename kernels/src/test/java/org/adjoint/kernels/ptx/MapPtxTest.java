package org.adjoint.kernels.ptx;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.operand;
import static org.adjoint.kernels.Expr.parameter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.kernels.UnaryOp;
import org.junit.jupiter.api.Test;

/** Any expression as a program, and the rules of optimizers, have the bits of their expressions. */
class MapPtxTest {
  private static final int[] SIZES = {1, 2, 7, 31, 32, 33, 64, 65, 100, 257};

  private static final int OPERATORS = 4 + Expr.Function.values().length;

  /** Writes an expression in postfix order, as the head of map.ptx says. */
  private static void write(Expr e, List<Integer> program) {
    switch (e) {
      case Expr.Operand o -> program.add(1 + 64 * o.index());
      case Expr.Parameter p -> program.add(2 + 64 * p.index());
      case Expr.Constant c -> {
        program.add(3);
        program.add(Float.floatToRawIntBits((float) c.value()));
      }
      case Expr.Unary u -> {
        write(u.x(), program);
        program.add(4 + u.function().ordinal());
      }
      case Expr.Binary b -> {
        write(b.a(), program);
        write(b.b(), program);
        program.add(OPERATORS + b.operator().ordinal());
      }
      case Expr.Fma f -> {
        write(f.a(), program);
        write(f.b(), program);
        write(f.c(), program);
        program.add(OPERATORS + Expr.Operator.values().length);
      }
      case Expr.Select s -> {
        write(s.condition(), program);
        write(s.whenTrue(), program);
        write(s.whenFalse(), program);
        program.add(OPERATORS + Expr.Operator.values().length + 1);
      }
    }
  }

  private static void check(PtxRun run, String what, Expr f, int n) {
    List<Integer> program = new ArrayList<>();
    write(f, program);
    program.add(0);
    int operands = f.operandCount();
    float[][] values = new float[operands][];
    Object[] arguments = new Object[2 + 3 * 64 + 64 + 3];
    long y = run.words(n);
    arguments[0] = y;
    arguments[1] = run.in(program.stream().mapToInt(Integer::intValue).toArray());
    for (int k = 0; k < 64; k++) {
      arguments[2 + 3 * k] = 0L;
      arguments[3 + 3 * k] = 0;
      arguments[4 + 3 * k] = 1;
      arguments[2 + 3 * 64 + k] = k == 0 ? 0.75f : 1.25f;
      if (k < operands) {
        values[k] = PtxRun.mixed(k + n, n, -3, 3);
        arguments[2 + 3 * k] = run.in(values[k]);
      }
    }
    arguments[arguments.length - 3] = 1;
    arguments[arguments.length - 2] = n;
    arguments[arguments.length - 1] = 0L;
    if (n % 2 == 1) {
      // Numbers of a launch that is done again: in memory, and others in their place.
      arguments[arguments.length - 1] = run.in(new float[] {0.75f, 1.25f, 1.25f, 1.25f});
      Arrays.fill(arguments, 2 + 3 * 64, 2 + 3 * 64 + 64, Float.NaN);
    }
    run.launch("map.ptx", "map_f32", Dim3.of(2), Dim3.of(32), arguments);
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      float[] element = new float[operands];
      for (int k = 0; k < operands; k++) {
        element[k] = values[k][i];
      }
      expected[i] = ExprEvaluator.evaluate(f, element, new float[] {0.75f, 1.25f});
    }
    PtxCompare.same(what, run.floats(y, n), expected);
  }

  @Test
  void expressions() {
    try (PtxRun run = new PtxRun()) {
      int turn = 0;
      for (UnaryOp op : UnaryOp.values()) {
        check(run, op + "", op.value(), SIZES[turn++ % SIZES.length]);
        Expr second = op.derivativeFromInputs().derivative(0);
        check(run, op + "''", second, SIZES[turn++ % SIZES.length]);
        run.clear();
      }
      for (BinaryOp op : BinaryOp.values()) {
        check(run, op + "", op.value(), SIZES[turn++ % SIZES.length]);
        run.clear();
      }
    }
  }

  // ---- The rules of optimizers, over p, g and the states, as the optimizers write them.

  private static final Expr P = operand(0);
  private static final Expr G = operand(1);

  private static Expr sqrt(Expr e) {
    return Expr.apply(Expr.Function.SQRT, e);
  }

  private static Expr average(int keep, Expr a, Expr x) {
    return fma(parameter(keep), a, parameter(keep + 1).times(x));
  }

  /** Runs an entry for each kind of decay; number 0 of the formulas is that of the decay. */
  private static void rule(PtxRun run, String entry, Rule rule) {
    float[] numbers = {0.1f, 0.9f, 0.4f, 0.7f, 0.3f, 0.6f, 0.2f, 0.8f, 0.5f};
    for (int decay = 0; decay < 3; decay++) {
      Expr slope = decay == 1 ? fma(parameter(0), P, G) : G;
      Expr kept = decay == 2 ? parameter(0).times(P) : P;
      Expr[] results = rule.of(slope, kept);
      for (int n : SIZES) {
        float[][] before = new float[5][];
        Object[] arguments = new Object[17];
        arguments[16] = 0L;
        for (int k = 0; k < 5; k++) {
          before[k] = PtxRun.numbers(k + 3, n);
          for (int i = 0; i < n; i++) {
            before[k][i] = k == 2 || k == 3 ? 2 + Math.abs(before[k][i]) : before[k][i];
          }
          arguments[k] = run.in(before[k]);
        }
        arguments[5] = n;
        arguments[6] = decay;
        for (int i = 0; i < 9; i++) {
          arguments[7 + i] = numbers[i];
        }
        run.launch("updates.ptx", entry, Dim3.of(2), Dim3.of(32), arguments);
        for (int r = 0; r < results.length; r++) {
          float[] expected = new float[n];
          for (int i = 0; i < n; i++) {
            float[] e = {before[0][i], before[1][i], before[2][i], before[3][i], before[4][i]};
            expected[i] = ExprEvaluator.evaluate(results[r], e, numbers);
          }
          float[] actual = run.floats((Long) arguments[r == 0 ? 0 : r + 1], n);
          PtxCompare.same(entry, actual, expected);
        }
        run.clear();
      }
    }
  }

  /** The new parameter, then the new states. */
  private interface Rule {
    Expr[] of(Expr slope, Expr kept);
  }

  private static Rule rmsprop(boolean centered, boolean momentum) {
    return (slope, kept) -> {
      Expr square = average(2, operand(2), slope.times(slope));
      List<Expr> next = new ArrayList<>(List.of(square));
      Expr variance = square;
      if (centered) {
        Expr mean = average(2, operand(3), slope);
        next.add(mean);
        variance = square.minus(mean.times(mean));
      }
      Expr step = slope.over(sqrt(variance).plus(parameter(4)));
      if (momentum) {
        step = fma(parameter(5), operand(centered ? 4 : 3), step);
        next.add(step);
      }
      next.addFirst(kept.minus(parameter(1).times(step)));
      return next.toArray(Expr[]::new);
    };
  }

  private static Rule moments(boolean nadam, boolean rectified) {
    return (slope, kept) -> {
      Expr mean = average(1, operand(2), slope);
      Expr square = average(3, operand(3), slope.times(slope));
      Expr step = parameter(5).times(mean);
      if (nadam) {
        Expr root = sqrt(square.over(parameter(5))).plus(parameter(6));
        step = parameter(7).times(slope).plus(parameter(8).times(mean)).over(root);
      } else if (rectified) {
        step = step.over(sqrt(square).plus(parameter(6)));
      }
      return new Expr[] {kept.minus(step), mean, square};
    };
  }

  @Test
  void rules() {
    try (PtxRun run = new PtxRun()) {
      rule(run, "rmsprop_f32", rmsprop(false, false));
      rule(run, "rmsprop_centered_f32", rmsprop(true, false));
      rule(run, "rmsprop_momentum_f32", rmsprop(false, true));
      rule(run, "rmsprop_centered_momentum_f32", rmsprop(true, true));
      rule(run, "nadam_f32", moments(true, false));
      rule(run, "radam_f32", moments(false, true));
      rule(run, "radam_momentum_f32", moments(false, false));
      rule(
          run,
          "adagrad_f32",
          (slope, kept) -> {
            Expr sum = fma(slope, slope, operand(2));
            Expr step = parameter(1).times(slope).over(sqrt(sum).plus(parameter(2)));
            return new Expr[] {kept.minus(step), sum};
          });
      rule(
          run,
          "adadelta_f32",
          (slope, kept) -> {
            Expr square = average(2, operand(2), slope.times(slope));
            Expr over = sqrt(operand(3).plus(parameter(4)));
            Expr delta = over.over(sqrt(square.plus(parameter(4)))).times(slope);
            Expr changes = average(2, operand(3), delta.times(delta));
            return new Expr[] {kept.minus(parameter(1).times(delta)), square, changes};
          });
      rule(
          run,
          "lion_f32",
          (slope, kept) -> {
            Expr sign = Expr.apply(Expr.Function.SIGN, average(2, operand(2), slope));
            Expr mean = average(4, operand(2), G);
            return new Expr[] {kept.minus(parameter(1).times(sign)), mean};
          });
    }
  }
}
