package org.adjoint.cpu;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * What a recurrent network does at a step besides the product with W_hh, as loops that {@link
 * LoopCompiler} makes: all gates of a cell in one pass, each result and operand a slot of an {@link
 * ElementTask}. A hand-written loop over {@link SimdMath} is inlined into its caller until the JIT
 * compiler gives up half-way and boxes the rest of its vectors.
 */
final class RecurrentFormulas {
  private static final Expr ONE = Expr.constant(1);
  private static final Expr ZERO = Expr.constant(0);

  /** A loop and how many slots it has, results before operands. */
  record Formula(ElementLoop loop, int slots) {}

  private final LoopCompiler loops;
  private final DType type;

  // Made when first asked for: a race makes one twice.
  private final @Nullable Formula[] steps = new @Nullable Formula[RecurrentCell.values().length];
  private final @Nullable Formula[] gradients = new @Nullable Formula[steps.length];
  private @Nullable Formula gates;

  RecurrentFormulas(LoopCompiler loops, DType type) {
    this.loops = loops;
    this.type = type;
  }

  /** Returns the formulas of a step forward. */
  Formula forward(RecurrentCell cell) {
    Formula f = steps[cell.ordinal()];
    if (f == null) {
      f = formula(step(cell));
      steps[cell.ordinal()] = f;
    }
    return f;
  }

  /** Returns the formulas of a step back. */
  Formula back(RecurrentCell cell) {
    Formula f = gradients[cell.ordinal()];
    if (f == null) {
      f = formula(gradient(cell));
      gradients[cell.ordinal()] = f;
    }
    return f;
  }

  /** Returns the formulas that follow those of the LSTM's step back. */
  Formula gatesBack() {
    Formula f = gates;
    if (f == null) {
      f = formula(gates());
      gates = f;
    }
    return f;
  }

  private Formula formula(List<Expr> outputs) {
    int operands = outputs.stream().mapToInt(Expr::operandCount).max().orElse(0);
    ElementLoop loop = loops.loop(new LoopCompiler.Key(outputs, type, 0));
    return new Formula(loop, outputs.size() + operands);
  }

  private static Expr x(int i) {
    return Expr.operand(i);
  }

  private static Expr sum(int a, int b) {
    return x(a).plus(x(b));
  }

  /** x·(1 − x). */
  private static Expr slope(Expr x) {
    return x.times(ONE.minus(x));
  }

  /** 1 − x². */
  private static Expr lessSquare(Expr x) {
    return Expr.fma(x.negated(), x, ONE);
  }

  /**
   * Simple: h′ of x, a. GRU: r, z, n, a_n, h′ of the gates of x, those of a, h. LSTM: i, f, g, o,
   * c′, h′ of the gates of x, those of a, c.
   */
  private static List<Expr> step(RecurrentCell cell) {
    return switch (cell) {
      case RNN_TANH -> List.of(Expr.apply(Function.TANH, sum(0, 1)));
      case RNN_RELU -> List.of(sum(0, 1).with(Expr.Operator.MAX, ZERO));
      case GRU -> {
        Expr r = Expr.apply(Function.SIGMOID, sum(0, 3));
        Expr z = Expr.apply(Function.SIGMOID, sum(1, 4));
        Expr n = Expr.apply(Function.TANH, Expr.fma(r, x(5), x(2)));
        yield List.of(r, z, n, x(5), Expr.fma(z, x(6).minus(n), n));
      }
      case LSTM -> {
        Expr in = Expr.apply(Function.SIGMOID, sum(0, 4));
        Expr forget = Expr.apply(Function.SIGMOID, sum(1, 5));
        Expr g = Expr.apply(Function.TANH, sum(2, 6));
        Expr out = Expr.apply(Function.SIGMOID, sum(3, 7));
        Expr c = Expr.fma(forget, x(8), in.times(g));
        yield List.of(in, forget, g, out, c, out.times(Expr.apply(Function.TANH, c)));
      }
    };
  }

  /**
   * Simple: dx of h′, dh, what is given of dh. GRU: dx gate by gate, da gate by gate, what reaches
   * h directly, of r, z, n, a_n, h, dh, given. LSTM: that of o and dc′ of o, c′, dh, given, what
   * dc′ was.
   */
  private static List<Expr> gradient(RecurrentCell cell) {
    return switch (cell) {
      case RNN_TANH -> List.of(sum(1, 2).times(lessSquare(x(0))));
      case RNN_RELU -> List.of(Expr.select(x(0).with(Expr.Operator.GT, ZERO), sum(1, 2), ZERO));
      case GRU -> {
        Expr z = x(1);
        Expr d = sum(5, 6);
        Expr dn = d.times(ONE.minus(z)).times(lessSquare(x(2)));
        Expr dz = d.times(x(4).minus(x(2))).times(slope(z));
        Expr dr = dn.times(x(3)).times(slope(x(0)));
        yield List.of(dr, dz, dn, dr, dz, dn.times(x(0)), d.times(z));
      }
      case LSTM -> {
        Expr tanh = Expr.apply(Function.TANH, x(1));
        Expr d = sum(2, 3);
        yield List.of(
            d.times(tanh).times(slope(x(0))), Expr.fma(d.times(x(0)), lessSquare(tanh), x(4)));
      }
    };
  }

  /** The rest of the LSTM's gradient: dx of i, f, g, and dc of i, f, g, c, dc′. */
  private static List<Expr> gates() {
    Expr e = x(4);
    return List.of(
        e.times(x(2)).times(slope(x(0))),
        e.times(x(3)).times(slope(x(1))),
        e.times(x(0)).times(lessSquare(x(2))),
        e.times(x(1)));
  }
}
