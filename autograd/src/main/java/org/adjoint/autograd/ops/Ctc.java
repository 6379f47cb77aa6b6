package org.adjoint.autograd.ops;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006): the
 * probability of a sequence of labels, however it is laid over the steps.
 */
public final class Ctc {
  /** The logarithm of a probability of 0: finite, so that no difference of two is NaN. */
  private static final double NEVER = -1e30;

  private static final double[] NONE = {};

  /** log(eᵃ + eᵇ + eᶜ) + emission. */
  private static final Expr STEP = step();

  private Ctc() {}

  private static Expr step() {
    Expr a = Expr.operand(0);
    Expr b = Expr.operand(1);
    Expr c = Expr.operand(2);
    Expr most = a.with(Expr.Operator.MAX, b).with(Expr.Operator.MAX, c);
    Expr sum =
        Expr.apply(Function.EXP, a.minus(most))
            .plus(Expr.apply(Function.EXP, b.minus(most)))
            .plus(Expr.apply(Function.EXP, c.minus(most)));
    return Expr.apply(Function.LOG, sum).plus(most).plus(Expr.operand(3));
  }

  /**
   * Returns −log p of each sequence of labels.
   *
   * <p><b>Forward</b> in log space: the labels stand between blanks, l′ = (blank, l₁, blank, l₂, …,
   * blank), and α of a step and place of l′ is the log probability of all ways to be there: the sum
   * of those from the same place, the one before and, between different labels, the one before
   * that, times the probability of the label. p is what stands at the last label and the last
   * blank. <b>Backward</b> through the steps; each is an operation with a gradient, so second
   * derivatives exist. <b>Shapes</b> logProbabilities [steps, n, classes], targets [n, most labels]
   * → [n].
   *
   * @param logProbabilities logarithms of probabilities, {@link Softmax#logSoftmax} over the
   *     classes
   * @param targets int32 labels; those behind the end of a sequence do not count, but are labels
   *     too
   * @param inputLengths int32 [n], how many steps of each sequence count
   * @param targetLengths int32 [n], how many labels it has
   * @param blank the class that stands for no label
   * @param zeroInfinity whether a sequence with more labels than its steps can hold gives 0 instead
   *     of infinity; its gradient is 0 either way
   * @throws ShapeException if the shapes do not fit, or a label or a number of labels is out of
   *     range
   * @throws ArgumentException if the blank is no class
   */
  public static Variable loss(
      Variable logProbabilities,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      boolean zeroInfinity) {
    Variable x = logProbabilities;
    if (x.shape().rank() != 3 || x.shape().dim(0) == 0) {
      throw new ShapeException(
          "ctc_loss", "logProbabilities", x.shape(), "it must be [steps, batch, classes]");
    }
    int steps = x.shape().dim(0);
    int n = x.shape().dim(1);
    requireShape("targets", targets, n, targets.rank() == 2 ? targets.dim(1) : 0);
    requireShape("inputLengths", inputLengths, n);
    requireShape("targetLengths", targetLengths, n);
    if (blank < 0 || blank >= x.shape().dim(2)) {
      throw new ArgumentException("ctc_loss", "blank", blank, "it must be a class of " + x.shape());
    }
    int places = 2 * targets.dim(1) + 1;
    Tensor labels = Tensor.result(targets.device(), DType.I32, Shape.of(n, places));
    ElementwiseKernels kernels = Backends.kernels(targets.device()).elementwise();
    kernels.fill(blank, labels);
    if (places > 1) {
      kernels.copy(targets, labels.slice(1, 1, places, 2));
    }
    Tensor everywhere = labels.reshape(Shape.of(1, n, places)).expand(Shape.of(steps, n, places));
    Variable emissions = Indexing.gather(x, 2, everywhere);
    Variable skips = skips(targets, places, x.dtype());
    Variable inside = Recurrent.mask(inputLengths, steps, x.dtype());
    // Before the first step all stands at the first blank: one step on are it and the first label.
    Variable before = never(x, n, places);
    kernels.fill(0, before.value().slice(1, 0, 1, 1));
    for (int t = 0; t < steps; t++) {
      Variable one = shifted(before, 1, places);
      Variable two = shifted(before, 2, places).add(skips);
      Variable now =
          Elementwise.map("ctc_step", STEP, NONE, before, one, two, Views.select(emissions, 0, t));
      before = Elementwise.where(Views.select(inside, 0, t).reshape(n, 1), now, before);
    }
    return ended(before, targetLengths, n, places, zeroInfinity);
  }

  private static void requireShape(String name, Tensor t, int... dims) {
    if (!t.shape().equals(Shape.of(dims)) || t.dtype() != DType.I32) {
      throw new ShapeException(
          "ctc_loss",
          name,
          t.dtype() + t.shape().toString(),
          "it must be int32 [batch" + (dims.length > 1 ? ", labels]" : "]"));
    }
  }

  private static Variable never(Variable like, int rows, int columns) {
    Tensor t = Tensor.result(like.value().device(), like.dtype(), Shape.of(rows, columns));
    Backends.kernels(t.device()).elementwise().fill(NEVER, t);
    return Variable.of(t);
  }

  /** Returns what stood k places before. */
  private static Variable shifted(Variable x, int k, int places) {
    int n = x.shape().dim(0);
    return k >= places
        ? never(x, n, places)
        : Pieces.concat(1, never(x, n, k), x.slice(1, 0, places - k));
  }

  /** Returns 0 at labels that differ from the label before, which may follow it without a blank. */
  private static Variable skips(Tensor targets, int places, DType dtype) {
    int n = targets.dim(0);
    int most = targets.dim(1);
    ElementwiseKernels kernels = Backends.kernels(targets.device()).elementwise();
    Tensor skips = Tensor.result(targets.device(), dtype, Shape.of(n, places));
    kernels.fill(NEVER, skips);
    if (most > 1) {
      Shape shape = Shape.of(n, most - 1);
      Tensor other = Tensor.result(targets.device(), DType.I32, shape);
      kernels.binary(
          BinaryOp.NE, targets.slice(1, 1, most, 1), targets.slice(1, 0, most - 1, 1), other);
      Tensor cost = Tensor.result(targets.device(), dtype, shape);
      kernels.copy(other, cost);
      kernels.unary(UnaryOp.ADD_SCALAR, cost, -1, 0, cost);
      kernels.unary(UnaryOp.MUL_SCALAR, cost, -NEVER, 0, cost);
      kernels.copy(cost, skips.slice(1, 3, places, 2));
    }
    return Variable.of(skips);
  }

  /** The sum of what stands at the last blank and at the last label. */
  private static Variable ended(
      Variable last, Tensor targetLengths, int n, int places, boolean zeroInfinity) {
    Tensor index = Views.compact(targetLengths).reshape(Shape.of(n, 1));
    Variable blanks = Views.slice(last, 1, 0, places, 2);
    Variable first = never(last, n, 1);
    Variable labels =
        places == 1 ? first : Pieces.concat(1, first, Views.slice(last, 1, 1, places, 2));
    Variable total =
        Elementwise.binary(
            BinaryOp.LOGADDEXP,
            Indexing.gather(blanks, 1, index),
            Indexing.gather(labels, 1, index));
    Variable logarithm = total.reshape(n);
    Variable possible =
        Elementwise.binary(BinaryOp.GT, logarithm.detach(), limit(logarithm, NEVER / 10));
    double otherwise = zeroInfinity ? 0 : Double.POSITIVE_INFINITY;
    return Elementwise.where(possible, logarithm.neg(), limit(logarithm, otherwise));
  }

  private static Variable limit(Variable like, double value) {
    Tensor t = Tensor.result(like.value().device(), like.dtype(), Shape.of(1));
    Backends.kernels(t.device()).elementwise().fill(value, t);
    return Variable.of(t);
  }
}
