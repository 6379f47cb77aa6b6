package org.adjoint.autograd.ops;

import java.util.List;
import java.util.Objects;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006): the
 * probability of a sequence of labels, however it is laid over the steps.
 */
public final class Ctc {
  private static final double[] NONE = {};

  /** log(eᵃ + eᵇ + eᶜ) + emission. */
  private static final Expr STEP = step();

  /** x, or 0 if it is infinite. */
  private static final Expr FINITE =
      Expr.select(
          Expr.x().with(Expr.Operator.LT, Expr.constant(Double.POSITIVE_INFINITY)),
          Expr.x(),
          Expr.constant(0));

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
   * blank. <b>Backward</b> dx[t, k] = −dy times the share of all ways that are at a label k at step
   * t, by the same recursion from the end; composed of steps that are operations themselves if it
   * will be differentiated again. <b>Shapes</b> logProbabilities [steps, n, classes], targets [n,
   * most labels] → [n]. <b>Saved</b> α.
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
    int n = x.shape().dim(1);
    requireShape("targets", targets, n, targets.rank() == 2 ? targets.dim(1) : 0);
    requireShape("inputLengths", inputLengths, n);
    requireShape("targetLengths", targetLengths, n);
    if (blank < 0 || blank >= x.shape().dim(2)) {
      throw new ArgumentException("ctc_loss", "blank", blank, "it must be a class of " + x.shape());
    }
    Variable losses = Graph.apply(new Loss(targets, inputLengths, targetLengths, blank), x);
    return zeroInfinity ? Elementwise.map("ctc_zero_infinity", FINITE, NONE, losses) : losses;
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
    Backends.kernels(t.device()).elementwise().fill(RecurrentKernels.NEVER, t);
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
    kernels.fill(RecurrentKernels.NEVER, skips);
    if (most > 1) {
      Shape shape = Shape.of(n, most - 1);
      Tensor other = Tensor.result(targets.device(), DType.I32, shape);
      kernels.binary(
          BinaryOp.NE, targets.slice(1, 1, most, 1), targets.slice(1, 0, most - 1, 1), other);
      Tensor cost = Tensor.result(targets.device(), dtype, shape);
      kernels.copy(other, cost);
      kernels.unary(UnaryOp.ADD_SCALAR, cost, -1, 0, cost);
      kernels.unary(UnaryOp.MUL_SCALAR, cost, -RecurrentKernels.NEVER, 0, cost);
      kernels.copy(cost, skips.slice(1, 3, places, 2));
    }
    return Variable.of(skips);
  }

  /** The sum of what stands at the last blank and at the last label. */
  private static Variable ended(Variable last, Tensor targetLengths, int n, int places) {
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
        Elementwise.binary(
            BinaryOp.GT, logarithm.detach(), limit(logarithm, RecurrentKernels.NEVER / 10));
    return Elementwise.where(possible, logarithm.neg(), limit(logarithm, 0));
  }

  private static Variable limit(Variable like, double value) {
    Tensor t = Tensor.result(like.value().device(), like.dtype(), Shape.of(1));
    Backends.kernels(t.device()).elementwise().fill(value, t);
    return Variable.of(t);
  }

  /** Keeps α between forward and vjp. */
  private static final class Loss implements Op.Differentiable {
    private final Tensor targets;
    private final Tensor inputLengths;
    private final Tensor targetLengths;
    private final int blank;
    private @Nullable Tensor alphas;

    Loss(Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank) {
      this.targets = targets;
      this.inputLengths = inputLengths;
      this.targetLengths = targetLengths;
      this.blank = blank;
    }

    @Override
    public String name() {
      return "ctc_loss";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = inputs[0];
      int n = x.dim(1);
      int places = 2 * targets.dim(1) + 3;
      Tensor a = Tensor.result(x.device(), x.dtype(), Shape.of(x.dim(0), n, places));
      Tensor losses = Tensor.result(x.device(), x.dtype(), Shape.of(n));
      kernels.recurrent().ctc(x, targets, inputLengths, targetLengths, blank, a, losses);
      alphas = a;
      return losses;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      if (v.createGraph()) {
        // A view, so that the gradient is not mixed with what x was computed from.
        Variable view = Views.permute(x, 0, 1, 2);
        Variable product = composed(view).mul(v.dy()).sum();
        return Vjp.gradients(Backprop.gradients(product, List.of(view), true).getFirst());
      }
      Tensor dx = Vjp.like(x.value());
      v.kernels()
          .recurrent()
          .ctcGradient(
              x.value(),
              targets,
              inputLengths,
              targetLengths,
              blank,
              Objects.requireNonNull(alphas),
              v.output().value(),
              v.dy().value(),
              dx);
      return Vjp.gradients(Variable.of(dx));
    }

    /** The same of differentiable operations; 0 instead of an infinite loss. */
    private Variable composed(Variable x) {
      int steps = x.shape().dim(0);
      int n = x.shape().dim(1);
      int places = 2 * targets.dim(1) + 1;
      Tensor labels = Tensor.result(targets.device(), DType.I32, Shape.of(n, places));
      ElementwiseKernels kernels = Backends.kernels(targets.device()).elementwise();
      kernels.fill(blank, labels);
      if (places > 1) {
        kernels.copy(targets, labels.slice(1, 1, places, 2));
      }
      Tensor everywhere = labels.reshape(Shape.of(1, n, places)).expand(Shape.of(steps, n, places));
      Variable likely =
          Elementwise.unary(UnaryOp.CLAMP, x, RecurrentKernels.NEVER, Double.POSITIVE_INFINITY);
      Variable emissions = Indexing.gather(likely, 2, everywhere);
      Variable skips = skips(targets, places, x.dtype());
      Variable inside = Recurrent.mask(inputLengths, steps, x.dtype());
      // Before the first step all stands at the first blank: one step on are it and the first
      // label.
      Variable before = never(x, n, places);
      kernels.fill(0, before.value().slice(1, 0, 1, 1));
      for (int t = 0; t < steps; t++) {
        Variable one = shifted(before, 1, places);
        Variable two = shifted(before, 2, places).add(skips);
        Variable now =
            Elementwise.map(
                "ctc_step", STEP, NONE, before, one, two, Views.select(emissions, 0, t));
        before = Elementwise.where(Views.select(inside, 0, t).reshape(n, 1), now, before);
      }
      return ended(before, targetLengths, n, places);
    }
  }
}
