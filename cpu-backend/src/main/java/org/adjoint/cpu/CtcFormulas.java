package org.adjoint.cpu;

import java.util.List;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.tensor.DType;

/**
 * The loops of {@link FloatCtc} and {@link DoubleCtc}: a step of all places of a batch, there and
 * back.
 */
final class CtcFormulas {
  /** α: the places themselves, one and two before, the cost of a skip, the emission. */
  private static final Expr FORWARD = logOfSum().plus(Expr.operand(4));

  /** β + emission, and the share: as before with those after, then emission and α. */
  private static final List<Expr> BACK =
      List.of(
          logOfSum().plus(Expr.operand(4)),
          Expr.apply(Function.EXP, Expr.operand(5).plus(logOfSum())));

  private final LoopCompiler loops;
  private final DType type;

  CtcFormulas(LoopCompiler loops, DType type) {
    this.loops = loops;
    this.type = type;
  }

  /** log(eᵃ + eᵇ + e^(c + skip)). */
  private static Expr logOfSum() {
    Expr a = Expr.operand(0);
    Expr b = Expr.operand(1);
    Expr c = Expr.operand(2).plus(Expr.operand(3));
    Expr most = a.with(Operator.MAX, b).with(Operator.MAX, c);
    return most.plus(
        Expr.apply(Function.LOG, less(a, most).plus(less(b, most)).plus(less(c, most))));
  }

  private static Expr less(Expr x, Expr most) {
    return Expr.apply(Function.EXP, x.minus(most));
  }

  /** One result and five operands. */
  ElementLoop forward() {
    return loops.loop(FORWARD, type, 0);
  }

  /** Two results and six operands. */
  ElementLoop back() {
    return loops.loop(new LoopCompiler.Key(BACK, type, 0));
  }
}
